"""Figures of a variant: recall, precision, F1, noise on clean changes, right lines; as a whole and by slice.

Reviews with a question that got no answer, or with something that was not read, are left out of every figure
and named: they are not clean.
What is *not* here: which finding is right (workers.evals.matching).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.domain.review import Usage, total
from workers.evals.cases import Truth
from workers.evals.intervals import Interval, Spread, bootstrap, spread, wilson
from workers.evals.matching import Mark, Matched, Related, match

NameT = TypeVar("NameT", str, int)


@dataclass(frozen=True, slots=True)
class Counts:
    """What was found and what was claimed.

    Attributes:
        wrong: unmatched findings, those on clean changes included.
        clean: reviews of clean changes; `noise` counts their unmatched findings.
        right_lines: hits on the defect's own lines.
        reviews: how many reviews this counts.
    """

    truths: int = 0
    found: int = 0
    wrong: int = 0
    repeats: int = 0
    others: int = 0
    clean: int = 0
    noise: int = 0
    right_lines: int = 0
    reviews: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.truths + other.truths,
            self.found + other.found,
            self.wrong + other.wrong,
            self.repeats + other.repeats,
            self.others + other.others,
            self.clean + other.clean,
            self.noise + other.noise,
            self.right_lines + other.right_lines,
            self.reviews + other.reviews,
        )

    @property
    def recall(self) -> float | None:
        """Found of what is known; None where nothing is known."""
        return _share(self.found, self.truths)

    @property
    def precision(self) -> float | None:
        """Right ones of what was claimed; None where nothing was claimed."""
        return _share(self.found, self.found + self.wrong)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None where nothing is known and nothing was claimed."""
        return _share(2 * self.found, self.truths + self.found + self.wrong)

    @property
    def findings_per_clean(self) -> float | None:
        """Unmatched findings a clean change."""
        return _share(self.noise, self.clean)

    @property
    def line_accuracy(self) -> float | None:
        """Hits that stand on the right line."""
        return _share(self.right_lines, self.found)


@dataclass(frozen=True, slots=True)
class Slice:
    """Figures of a part of the known defects; wrong findings count where the part is of whole cases."""

    counts: Counts
    recall_interval: Interval | None


@dataclass(frozen=True, slots=True)
class Score:
    """Everything that is said of one variant.

    Attributes:
        counts: of all runs together.
        runs: number of the repetition -> its counts.
        intervals: `recall`, `precision`, `f1`, `line_accuracy` -> 95 %; of one run's size, not of all runs'.
        spreads: the same and `findings_per_clean` -> how they differ over the runs.
        slices: `language`, `category`, `difficulty`, `knowledge` -> value -> figures of all runs together.
        cut: confidence below which findings are held back; 0 for none.
        not_answered: reviews that are left out: case, run, and what got no answer or was not read.
    """

    counts: Counts
    runs: Mapping[int, Counts]
    intervals: Mapping[str, Interval | None]
    spreads: Mapping[str, Spread | None]
    slices: Mapping[str, Mapping[str, Slice]]
    usage: Usage
    judge_usage: Usage
    seconds: float
    cut: float = 0.0
    not_answered: tuple[tuple[str, int, str], ...] = ()
    matched: tuple[Matched, ...] = field(default=(), repr=False)


FIGURES: Mapping[str, Callable[[Counts], float | None]] = {
    "recall": lambda counts: counts.recall,
    "precision": lambda counts: counts.precision,
    "f1": lambda counts: counts.f1,
    "findings_per_clean": lambda counts: counts.findings_per_clean,
    "line_accuracy": lambda counts: counts.line_accuracy,
}


def score(reviews: Sequence[Related], cut: float = 0.0) -> Score:
    """Count the reviews of one variant, with findings below `cut` held back."""
    every = tuple(match(related, cut) for related in reviews)
    answered = [one for one in every if one.related.is_whole]
    runs = {run: _sum(some) for run, some in _by(answered, lambda one: one.related.done.run).items()}
    return Score(
        counts=_sum(answered),
        runs=runs,
        intervals=_intervals(answered, len(runs)),
        spreads={name: spread(_values(runs.values(), figure)) for name, figure in FIGURES.items()},
        slices=_slices(answered, len(runs)),
        usage=total(related.done.usage for related in reviews),
        judge_usage=total(related.usage for related in reviews),
        seconds=sum(related.done.seconds for related in reviews),
        cut=cut,
        not_answered=tuple(_missing(related) for related in reviews if not related.is_whole),
        matched=every,
    )


def best_cut(reviews: Sequence[Related]) -> float:
    """The confidence below which findings are held back for the best F1; the lowest of equal ones."""
    answered = [related for related in reviews if related.is_whole]
    sure = {marked.finding.confidence for related in answered for marked in related.done.findings}
    cuts = sorted({0.0, *sure})
    return max(cuts, key=lambda cut: (_sum(match(one, cut) for one in answered).f1 or 0.0, -cut))


def counts_of(matched: Matched) -> Counts:
    """Counts of one review."""
    wrong, key = matched.count(Mark.WRONG), matched.related.done.case.key
    return Counts(
        truths=len(key.truths),
        found=len(matched.found),
        wrong=wrong,
        repeats=matched.count(Mark.REPEAT),
        others=matched.count(Mark.OTHER),
        clean=int(key.is_clean),
        noise=wrong if key.is_clean else 0,
        right_lines=sum(one.right_line is True for one in matched.findings),
        reviews=1,
    )


def _sum(matched: Iterable[Matched]) -> Counts:
    return sum(map(counts_of, matched), Counts())


def _missing(related: Related) -> tuple[str, int, str]:
    return related.done.case.id, related.done.run, related.missing[0]


def _intervals(matched: Sequence[Matched], runs: int) -> Mapping[str, Interval | None]:
    """Runs of one case are no independent trials: they do not make an interval narrower."""
    counts, times = _sum(matched), max(runs, 1)
    cases = list(_by(matched, lambda one: one.related.done.case.id).values())
    return {
        "recall": wilson(counts.found / times, counts.truths / times),
        "precision": wilson(counts.found / times, (counts.found + counts.wrong) / times),
        "line_accuracy": wilson(counts.right_lines / times, counts.found / times),
        "f1": bootstrap([_sum(some) for some in cases], lambda drawn: sum(drawn, Counts()).f1),
    }


def _slices(matched: Sequence[Matched], runs: int) -> Mapping[str, Mapping[str, Slice]]:
    languages = {
        language: _slice(_sum(some), runs)
        for language, some in _by(matched, lambda one: one.related.done.case.material.language).items()
    }
    return {
        "language": languages,
        "category": _by_truth(matched, lambda truth: truth.category, runs),
        "difficulty": _by_truth(matched, lambda truth: truth.difficulty, runs),
        "knowledge": _by_truth(matched, lambda truth: truth.knowledge, runs),
    }


def _by_truth(matched: Iterable[Matched], value: Callable[[Truth], str], runs: int) -> Mapping[str, Slice]:
    """Known defects alone: a wrong finding has no difficulty."""
    counts: dict[str, Counts] = defaultdict(Counts)
    for one in matched:
        right = {scored.truth for scored in one.findings if scored.right_line}
        for number, truth in enumerate(one.related.done.case.key.truths):
            found = number in one.found
            counts[value(truth)] += Counts(truths=1, found=found, right_lines=number in right)
    return {name: _slice(counts[name], runs) for name in sorted(counts)}


def _slice(counts: Counts, runs: int) -> Slice:
    times = max(runs, 1)
    return Slice(counts, wilson(counts.found / times, counts.truths / times))


def _by(matched: Iterable[Matched], value: Callable[[Matched], NameT]) -> dict[NameT, list[Matched]]:
    groups: dict[NameT, list[Matched]] = defaultdict(list)
    for one in matched:
        groups[value(one)].append(one)
    return {name: groups[name] for name in sorted(groups)}


def _values(counts: Iterable[Counts], figure: Callable[[Counts], float | None]) -> list[float]:
    return [value for one in counts if (value := figure(one)) is not None]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
