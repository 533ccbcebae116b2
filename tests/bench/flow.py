"""The engine with a model, on a repository on disk: what a default review reads, and how long it takes.

The model is scripted and slow on purpose: what counts is how much the review adds to the longest chain of
questions that wait for each other (find, cross-check, fix).
What is *not* here: GitHub and the queue (tests.bench.reviews), and what answers are worth (`ai-review eval`).
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot.domain.ledger import Earlier
from bot.domain.policy import Policy
from bot.domain.review import Outcome, Review
from bot.parsing.diffs import parse_diff
from tests.bench.changes import QUOTE, Files, files
from tests.bench.figures import Figure, Target
from tests.support.scratch_git import FILE, ScratchRepository
from workers.analysers.registry import static_analysers
from workers.context.local_code import LocalCode
from workers.context.local_git import LocalReader, LocalRepository
from workers.models.limits import in_process_limiter
from workers.models.scripted import Rule, ScriptedModel
from workers.ports import Answer, AnswerT, CodeLookup, Prompt, Unanswered
from workers.review.change import Change, Engine, tokens
from workers.review.pipeline import review_change

_GROUP = "Engine with a model"
FIND_SECONDS = 8.0
CHECK_SECONDS = 4.0
FIX_SECONDS = 4.0
CHAIN_SECONDS = FIND_SECONDS + CHECK_SECONDS + FIX_SECONDS
"""Short for a real model, so that what the engine adds weighs more here than it would."""
SLOTS = 8
"""Questions under way at once: the default of AI_REVIEW_MODEL_CONCURRENCY."""
_FINDINGS = 3


class SlowModel:
    """A scripted model behind the limit on questions under way; keeps what it was asked."""

    name = "scripted"

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._model = ScriptedModel(rules)
        self._limiter = in_process_limiter(SLOTS)

    @property
    def prompts(self) -> list[Prompt]:
        """Every question, in order."""
        return self._model.prompts

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`."""
        async with self._limiter():
            return await self._model.ask(prompt, shape, lookup)


def measure_flow() -> list[Figure]:
    """A default review of six files with 300 changed lines, and one of sixty with 6,000."""
    small, large = files(6), files(60, changed=100)
    seconds, model = _run(small, slow=False)
    uncached = sum(tokens(prompt.text) for prompt in model.prompts) + instructions(model.prompts)
    ratio, big = _run(large, slow=True)
    covered = sum(tokens(prompt.text) for prompt in big.prompts)
    return [
        Figure(
            _GROUP,
            "prompts of a default review of 6 files, 300 lines",
            "tokens",
            (uncached,),
            (Target.AT_MOST, 25_000.0),
        ),
        Figure(_GROUP, "questions of it", "calls", (float(len(model.prompts)),)),
        Figure(_GROUP, "seconds that it adds to an instant model", "s", (seconds,)),
        Figure(_GROUP, "prompts of 60 files, 6,000 lines", "tokens", (float(covered),)),
        Figure(
            _GROUP,
            f"60 files, 6,000 lines: time against the longest chain of questions ({CHAIN_SECONDS:g} s)",
            "ratio",
            (ratio / CHAIN_SECONDS,),
            (Target.AT_MOST, 1.2),
        ),
    ]


def instructions(prompts: Sequence[Prompt]) -> float:
    """Instructions count once a kind of question: they are the same each time, and providers keep them."""
    return float(sum(tokens(system) for system in {prompt.system for prompt in prompts}))


def _run(change: Files, *, slow: bool) -> tuple[float, SlowModel]:
    """Seconds of one review, and the model with what it was asked."""
    with tempfile.TemporaryDirectory() as folder:
        repository = repository_of(Path(folder) / "repository", change)
        model = SlowModel(rules_of(change, slow=slow))
        began = time.perf_counter()
        review = asyncio.run(review_of(repository, model))
        seconds = time.perf_counter() - began
    assert review.outcome is Outcome.COMPLETED, review.reason
    assert len(review.coverage.read) == len(change.head), review.coverage
    assert len(review.shown) == _FINDINGS
    return seconds, model


async def review_of(repository: LocalRepository, model: SlowModel, earlier: Earlier | None = None) -> Review:
    """One review; the first of its change without `earlier`."""
    ends = repository.resolve("base..pr")
    change = Change("Rate and sum up orders", "See the ticket.", "HEAD", parse_diff(repository.diff(ends)))
    engine = Engine(
        LocalReader(repository, ends),
        code=LocalCode(repository, ends),
        analysers=static_analysers(),
        finder=model,
        cross_checker=model,
    )
    return await review_change(change, Policy(), engine, earlier or Earlier())


def repository_of(folder: Path, change: Files) -> LocalRepository:
    """The change as a repository with the branches `base` and `pr`."""
    scratch = ScratchRepository(folder)
    parent: tuple[str, ...] = ()
    for branch, side in (("base", change.base), ("pr", change.head)):
        tree = scratch.tree({path.encode(): (FILE, text.encode()) for path, text in side.items()})
        who = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
        commit = scratch.git(*who, "commit-tree", tree, *parent, "-m", branch).decode().strip()
        scratch.git("update-ref", f"refs/heads/{branch}", commit)
        parent = ("-p", commit)
    return LocalRepository(folder)


def rules_of(change: Files, *, slow: bool) -> list[Rule]:
    """Three findings that the model is not sure of: each costs a second question, and a third for a fix."""
    paths = change.python_paths()[:_FINDINGS]
    found = {
        "claim": "An empty list is not handled.",
        "trigger": "An empty list.",
        "consequence": "ZeroDivisionError",
        "category": "missing-check",
        "severity": "high",
        "confidence": 0.7,
        "needs": ["summary_1"],
    }
    pace = 1.0 if slow else 0.0
    answers = [{"path": path, "quote": QUOTE, **found} for path in paths]
    nothing: dict[str, object] = {"findings": []}
    told = {"findings": answers}
    confirmed = {"reason": "Nothing prevents it.", "verdict": "confirmed", "introduced": True}
    fix = {"replacement": QUOTE + " if items else 0", "fixes": True, "why": "An empty list has no mean."}
    return [
        Rule(name="find", match=f"File: {paths[0]}", answer=told, delay=FIND_SECONDS * pace, times=1),
        Rule(name="find", answer=nothing, delay=FIND_SECONDS * pace),
        Rule(name="cross-check", answer=confirmed, delay=CHECK_SECONDS * pace),
        Rule(name="fix", answer=fix, delay=FIX_SECONDS * pace),
        Rule(name="recheck", answer=confirmed, delay=CHECK_SECONDS * pace),
    ]
