"""An evaluation from cases to scores: repositories are made, variants run one after the other.

Answers are kept, so variants that ask the same question share its answer.
What is *not* here: options and printing (workers.cli.eval).
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings
from workers.evals.cases import Case, side_by_side
from workers.evals.matching import Related, relate
from workers.evals.materializing import lay_side_by_side, materialize, whole_repository
from workers.evals.recording import RecordedModel
from workers.evals.running import Models, Ready, ready, run_cases
from workers.evals.scoring import Score, best_cut, score
from workers.evals.variants import Variant
from workers.ports import Model

Built = Callable[[int], Model | None]
"""A model by the number of the repetition; None where only recorded answers are given."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """A model with its name in records."""

    name: str
    build: Built


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    Attributes:
        variants: by name, in the order in which they run.
        repos: folder with the whole repository of each case; None for the changed files alone.
        together: whether all cases are one change.
        answers: folder of recorded answers.
        runs: repetitions.
        jobs: cases under way at once.
    """

    cases: tuple[Case, ...]
    variants: Mapping[str, Variant]
    settings: Settings
    finder: Answerer
    cross_checker: Answerer | None
    judge: Answerer | None
    answers: Path
    repos: Path | None = None
    together: bool = False
    runs: int = 1
    jobs: int = 4


async def evaluate(plan: Plan, told: Callable[[str, Score], None]) -> None:
    """Run every variant; `told` hears of each as soon as it is done, with the material still at hand."""
    runs = {run: _models(plan, run) for run in range(1, plan.runs + 1)}
    with materialized(plan) as cases:
        for name, variant in plan.variants.items():
            told(name, await _scored(plan, variant, cases, runs))


@contextmanager
def materialized(plan: Plan) -> Iterator[tuple[Ready, ...]]:
    """The repositories of all cases, as long as they are needed.

    Raises:
        UsageError: one cannot be made or read.
    """
    with tempfile.TemporaryDirectory(prefix="ai-review-eval-") as name:
        folder = Path(name)
        if plan.together:
            yield (_together(plan, folder),)
        else:
            yield tuple(
                ready(case, _folder(case, plan.repos, folder / str(number)))
                for number, case in enumerate(plan.cases)
            )


def _folder(case: Case, repos: Path | None, folder: Path) -> Path:
    if repos is not None:
        return whole_repository(case, repos)
    materialize(case.material, folder)
    return folder


def _together(plan: Plan, folder: Path) -> Ready:
    case, joined = side_by_side(plan.cases), folder / "all"
    if plan.repos is None:
        materialize(case.material, joined)
    else:
        lay_side_by_side([whole_repository(one, plan.repos) for one in plan.cases], joined)
    return ready(case, joined)


async def _scored(plan: Plan, variant: Variant, cases: Sequence[Ready], runs: Mapping[int, Models]) -> Score:
    slots = asyncio.Semaphore(plan.jobs)
    done = await asyncio.gather(
        *(run_cases(cases, variant, models, plan.settings, run, slots) for run, models in runs.items())
    )
    judges = [models.judge for models in runs.values()]
    pairs = [(one, judge) for some, judge in zip(done, judges, strict=True) for one in some]
    related: list[Related] = await asyncio.gather(*(relate(one, judge) for one, judge in pairs))
    cut = best_cut(related) if variant.sweep else variant.cut or 0.0
    return score(related, cut)


def _models(plan: Plan, run: int) -> Models:
    """Recorded models of one repetition. A judge's answer serves all of them: the question is the same."""
    return Models(
        finder=_recorded(plan.finder, plan.answers, run),
        cross_checker=_recorded(plan.cross_checker, plan.answers, run) if plan.cross_checker else None,
        judge=_recorded(plan.judge, plan.answers, 1) if plan.judge else None,
    )


def _recorded(answerer: Answerer, folder: Path, run: int) -> Model:
    return RecordedModel(answerer.name, folder, answerer.build(run), run)
