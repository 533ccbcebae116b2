"""Runs a variant over cases: each is reviewed as it would be locally, several at once, with recorded answers.

What is *not* here: whether a finding is right (workers.evals.matching), and the engine (workers.review).
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.domain.diff import Diff
from bot.domain.finding import Disposition, Fate, Finding, MarkedFinding
from bot.domain.review import Coverage, Outcome, Usage
from bot.errors import DiffError, UsageError
from bot.parsing.diffs import parse_diff
from bot.settings import Settings
from workers.composition import build_engine
from workers.context.local_code import LocalCode
from workers.context.local_git import LocalChange, LocalReader, LocalRepository
from workers.evals.asked import CountedModel, Tally
from workers.evals.bare import BareAnswer, bare_findings, bare_prompt
from workers.evals.cases import Case
from workers.evals.materializing import BASE, HEAD, raw_diff
from workers.evals.variants import Variant
from workers.models.registry import STATIC
from workers.ports import Model, Unanswered
from workers.review.change import Change, Engine
from workers.review.pipeline import review_change

PATIENCE = 86_400.0
"""Seconds: bounds that protect a review from being late say nothing of its quality."""


@dataclass(frozen=True, slots=True)
class Models:
    """Who answers in one run.

    Attributes:
        cross_checker: None means that the finder checks itself.
        judge: None means that the place alone decides.
    """

    finder: Model
    cross_checker: Model | None = None
    judge: Model | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A case whose repository is at hand.

    Attributes:
        folder: a repository with the branches `base` and `pr`.
    """

    case: Case
    folder: Path
    repository: LocalRepository
    ends: LocalChange
    diff: Diff


@dataclass(frozen=True, slots=True)
class CaseRun:
    """One review of one case.

    Attributes:
        run: number of the repetition, from 1.
        findings: all, each with its fate.
        unanswered: one line a question that got no answer.
        prompts: names and versions of the questions.
        seconds: wall time; next to nothing where answers were replayed.
    """

    ready: Ready
    run: int
    findings: tuple[MarkedFinding, ...]
    outcome: Outcome
    coverage: Coverage = field(default_factory=Coverage)
    reason: str = ""
    unanswered: tuple[str, ...] = ()
    prompts: frozenset[str] = frozenset()
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0

    @property
    def case(self) -> Case:
        """The case that was reviewed."""
        return self.ready.case

    @property
    def missing(self) -> tuple[str, ...]:
        """What it lacks, one line each; nothing where every question got an answer and everything was read.

        Answers that could not be used leave a review that found nothing, like one of a clean change.
        """
        unread = tuple(f"{rest.path} was not read: {rest.reason}" for rest in self.coverage.not_read)
        ended = () if self.outcome is Outcome.COMPLETED else (f"it is {self.outcome}: {self.reason}",)
        return (*self.unanswered, *unread, *ended)


def ready(case: Case, folder: Path) -> Ready:
    """Open the repository of a case.

    Raises:
        UsageError: it cannot be read.
    """
    repository = LocalRepository(folder)
    ends = repository.resolve(f"{BASE}..{HEAD}")
    try:
        return Ready(case, folder, repository, ends, parse_diff(repository.diff(ends)))
    except DiffError as error:
        raise UsageError(f"the change of {case.id} cannot be read: {error}.") from None


async def run_cases(
    cases: Sequence[Ready],
    variant: Variant,
    models: Models,
    settings: Settings,
    run: int,
    slots: asyncio.Semaphore,
) -> tuple[CaseRun, ...]:
    """Review every case once, as many at a time as there are slots; in the order of the cases."""

    async def one(case: Ready) -> CaseRun:
        async with slots:
            return await run_case(case, variant, models, settings, run)

    return tuple(await asyncio.gather(*map(one, cases)))


async def run_case(case: Ready, variant: Variant, models: Models, settings: Settings, run: int) -> CaseRun:
    """Review one case."""
    tally, start = Tally(), time.monotonic()
    done = await (
        _bare(case, models.finder, tally, run)
        if variant.bare
        else _reviewed(case, variant, models, settings, tally, run)
    )
    return replace(
        done,
        unanswered=tuple(tally.unanswered),
        prompts=frozenset(tally.prompts),
        usage=tally.usage,
        seconds=time.monotonic() - start,
    )


async def _bare(case: Ready, finder: Model, tally: Tally, run: int) -> CaseRun:
    material = case.case.material
    diff = await asyncio.to_thread(raw_diff, case.folder)
    prompt = bare_prompt(material.title, material.body, diff)
    answer = await CountedModel(finder, tally).ask(prompt, BareAnswer)
    if isinstance(answer, Unanswered):
        return CaseRun(case, run, (), Outcome.FAILED, reason=str(answer.error))
    findings = tuple(_posted(one, case.diff) for one in bare_findings(answer.value, finder.name))
    return CaseRun(case, run, findings, Outcome.COMPLETED)


async def _reviewed(
    case: Ready, variant: Variant, models: Models, settings: Settings, tally: Tally, run: int
) -> CaseRun:
    material = case.case.material
    change = Change(material.title, material.body, case.ends.head_sha or HEAD, case.diff)
    engine = _engine(case, models, settings, tally, nonce_of(case.case, run))
    review = await review_change(change, variant.policy, variant.adapt(engine))
    return CaseRun(case, run, review.findings, review.outcome, review.coverage, review.reason)


def nonce_of(case: Case, run: int) -> str:
    """The fence of a case in one repetition: the same each time, so that recorded answers are found again."""
    return hashlib.sha256(f"{case.id}/{run}".encode()).hexdigest()[:32]


def _engine(case: Ready, models: Models, settings: Settings, tally: Tally, nonce: str) -> Engine:
    """The engine as settings make it, with these models; built without any, so that a replay needs no key."""
    bare = settings.model_copy(update={"model": STATIC, "cross_check_model": None})
    checker = models.cross_checker
    made = build_engine(bare, LocalReader(case.repository, case.ends))
    return replace(
        made,
        # Many cases at once and answers that take their time must not make code around a change run late.
        limits=replace(made.limits, deadline=PATIENCE, related_seconds=PATIENCE, look_seconds=PATIENCE),
        finder=CountedModel(models.finder, tally),
        cross_checker=CountedModel(checker, tally) if checker else None,
        code=LocalCode(case.repository, case.ends),
        nonce=lambda: nonce,
    )


def _posted(finding: Finding, diff: Diff) -> MarkedFinding:
    """A finding of the bare prompt: everything that it says is posted."""
    names = (finding.path, finding.path.removeprefix("./"), finding.path[2:])
    file = next((file for name in names if (file := diff.file(name))), None)
    if file is None or finding.lines is None:
        return MarkedFinding(finding, Disposition(Fate.POSTED), "")
    lines = finding.lines
    anchor = file.anchor(lines.side, lines.start, lines.end)
    return MarkedFinding(replace(finding, path=file.path), Disposition(Fate.POSTED), "", anchor=anchor)
