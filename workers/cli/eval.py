"""`ai-review eval`: measure variants of the engine on cases whose defects are known.

What is *not* here: measuring (workers.evals).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.errors import UsageError
from bot.settings import Settings, variable
from workers.cli.common import EXIT_CLEAN, EXIT_INCOMPLETE, settings_with, start_logging
from workers.evals.calibrating import write_calibration
from workers.evals.case_files import read_cases
from workers.evals.comparing import compare
from workers.evals.evaluating import Answerer, Plan, evaluate
from workers.evals.page import write_page
from workers.evals.paying import SPENT, Budget, PaidModel
from workers.evals.record import Labels, record_of, write_record
from workers.evals.record_files import read_record
from workers.evals.recording import RECORDED
from workers.evals.scoring import Score
from workers.evals.variants import Variant, variant_of
from workers.models.limits import Limiter, in_process_limiter
from workers.models.prices import price_of
from workers.models.purse import Purse
from workers.models.registry import STATIC, build_model
from workers.ports import Model
from workers.review.untrusted import one_line

RUN = "{run}"
"""In a model's name: stands for the number of the repetition."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; None where it says nothing."""

    sources: tuple[Path, ...]
    variants: tuple[str, ...]
    out: Path
    repos: Path | None = None
    model: str | None = None
    cross_check_model: str | None = None
    judge_model: str | None = None
    record: Path | None = None
    replay: bool = False
    together: bool = False
    runs: int = 1
    jobs: int = 4
    model_label: str | None = None
    set_name: str | None = None
    budget: float | None = None
    budget_tokens: int | None = None


def run(options: Options) -> int:
    """Measure, write records and pages, print a table. 2 when a review is left out, else 0."""
    settings = settings_with(model=options.model, cross_check_model=options.cross_check_model)
    start_logging(settings)
    variants = {name: variant_of(name) for name in options.variants}
    budget = _budget(options, settings)
    plan, set_name = _plan(options, settings, variants, budget), _set_name(options)
    scores: dict[str, Score] = {}

    def told(name: str, score: Score) -> None:
        scores[name] = score
        _write(Labels(name, set_name, *_answerers(plan, options), _today()), score, options.out)

    _make_folder(options.out)
    if not options.replay:
        _make_folder(plan.answers)
    asyncio.run(evaluate(plan, told))
    _print(scores)
    if budget is not None:
        _print_spending(budget, scores, plan.answers)
    return EXIT_INCOMPLETE if any(score.not_answered for score in scores.values()) else EXIT_CLEAN


def run_compare(first: Path, second: Path) -> int:
    """Print how two records differ."""
    sys.stdout.write(compare(read_record(first), read_record(second)))
    return EXIT_CLEAN


def run_calibrate(file: Path, records: Sequence[Path]) -> int:
    """Write the table of how often findings like one were right, made from judged records."""
    write_calibration([read_record(record) for record in records], file)
    return EXIT_CLEAN


def _budget(options: Options, settings: Settings) -> Budget | None:
    """What this run may spend; None where nothing bounds it.

    Raises:
        UsageError: it is in dollars, and nobody knows what a model costs.
    """
    if options.budget is None and options.budget_tokens is None:
        return None
    names = (settings.model, settings.cross_check_model, options.judge_model)
    for name in (name.replace(RUN, "1") for name in names if name and name != STATIC):
        if options.budget is not None and price_of(name, settings) is None:
            raise UsageError(
                f"--budget needs the price of {name}: set {variable('model_prices')} to NAME=INPUT/OUTPUT in"
                " dollars per million tokens, or give --budget-tokens instead."
            )
    return Budget(Purse(options.budget, options.budget_tokens))


def _plan(options: Options, settings: Settings, variants: dict[str, Variant], budget: Budget | None) -> Plan:
    """Options as a plan.

    Raises:
        UsageError: they do not go together.
        SettingsError: a model cannot be built.
    """
    if settings.model == STATIC and not options.replay:
        raise UsageError("an evaluation needs a model: give --model, or --replay recorded answers.")
    limiter = in_process_limiter(settings.model_concurrency)
    builder = _Builder(settings, limiter, budget, replay=options.replay)
    checker = settings.cross_check_model
    plan = Plan(
        cases=read_cases(options.sources),
        variants=variants,
        settings=settings,
        finder=builder.answerer(RECORDED if settings.model == STATIC else settings.model),
        cross_checker=builder.answerer(checker) if checker else None,
        judge=builder.answerer(options.judge_model) if options.judge_model else None,
        answers=options.record or options.out / "answers",
        repos=options.repos,
        together=options.together,
        runs=options.runs,
        jobs=options.jobs,
    )
    for answerer in filter(None, (plan.finder, plan.cross_checker, plan.judge)):
        answerer.build(1)
    return plan


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes models by name; none at all for a replay."""

    settings: Settings
    limiter: Limiter
    budget: Budget | None
    replay: bool

    @property
    def _unbounded(self) -> Settings:
        """Budgets of reviews and repositories say nothing of an evaluation."""
        return self.settings.model_copy(
            update={"budget_usd_per_review": None, "budget_usd_per_repo_day": None}
        )

    def answerer(self, name: str) -> Answerer:
        def build(run: int) -> Model | None:
            if self.replay:
                return None
            purse = self.budget.purse if self.budget else None
            model = build_model(name.replace(RUN, str(run)), self._unbounded, self.limiter, purse)
            return PaidModel(model, self.budget) if model and self.budget else model

        return Answerer(name, build)


def _make_folder(folder: Path) -> None:
    """Make a folder and try it, before any question is paid for.

    Raises:
        UsageError: nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to ({error.strerror}): name another folder.") from None


def _write(labels: Labels, score: Score, folder: Path) -> None:
    record = record_of(score, labels)
    stem = folder / f"{labels.set}-{labels.variant}"
    write_record(record, Path(f"{stem}.json"))
    write_page(record, score, Path(f"{stem}.html"))


def _answerers(plan: Plan, options: Options) -> tuple[str, str | None]:
    """Who answered and who judged, in words."""
    checker = f", checked by {plan.cross_checker.name}" if plan.cross_checker else ""
    return options.model_label or plan.finder.name + checker, plan.judge.name if plan.judge else None


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _set_name(options: Options) -> str:
    """The name that was given, or that of the sources."""
    names = (source.name.partition(".")[0] for source in options.sources)
    name = options.set_name or "-".join(names) + ("-together" if options.together else "")
    if not name or "/" in name or name.startswith("."):
        raise UsageError("--set is the start of files' names: give letters, digits and '-'.")
    return name


def _print(scores: dict[str, Score]) -> None:
    """One line a variant, then what has to be said of it."""
    table = Table(box=None, pad_edge=False)
    table.add_column("variant", no_wrap=True)
    for heading in ("recall", "precision", "F1", "wrong", "noise", "lines", "tokens"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, score in scores.items():
        table.add_row(name, *_row(score))
    console = Console(file=sys.stdout)
    console.print(table)
    for name, score in scores.items():
        for sentence in _remarks(score):
            console.print(Text(one_line(f"{name}: {sentence}", 400)))


def _row(score: Score) -> list[str]:
    """Means over the runs; tokens of all of them, in thousands."""
    figures = [_mean(score, figure) for figure in ("recall", "precision", "f1")]
    noise, lines = (_mean(score, figure, wide=False) for figure in ("findings_per_clean", "line_accuracy"))
    wrong = f"{score.counts.wrong / max(len(score.runs), 1):.1f}"
    return [*figures, wrong, noise, lines, f"{score.usage.prompt_tokens / 1000:.0f}k"]


def _mean(score: Score, figure: str, *, wide: bool = True) -> str:
    spread = score.spreads[figure]
    if spread is None:
        return "-"
    around = f" ±{spread.deviation:.2f}" if wide and len(score.runs) > 1 else ""
    return f"{spread.mean:.2f}{around}"


def _remarks(score: Score) -> Iterator[str]:
    if score.cut:
        yield f"findings below a confidence of {score.cut:g} are held back"
    for case, number, reason in score.not_answered:
        what = "was not run" if SPENT in reason else "is left out"
        yield f"{case} run {number} {what}: {reason}"


def _print_spending(budget: Budget, scores: dict[str, Score], answers: Path) -> None:
    """What this run spent, and how it goes on."""
    spent = budget.purse.spent
    sys.stdout.write(f"This run spent ${spent.cost_usd or 0:.2f} and {spent.prompt_tokens:,} tokens.\n")
    missing = [reason for score in scores.values() for _, _, reason in score.not_answered]
    left = sum(SPENT in reason for reason in missing)
    if left:
        reviews = "1 review was" if left == 1 else f"{left} reviews were"
        sys.stdout.write(
            f"{reviews} not run: give the same command again to go on. What was answered is kept in {answers}"
            " and costs nothing.\n"
        )
