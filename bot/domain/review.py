"""The result of looking at a change, and the conclusion that follows from it.

What is *not* here: what is carried on to the next review (bot.domain.ledger).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.policy import FailOn


class Outcome(StrEnum):
    """How far a review got. 'Found nothing' is said of a completed one only."""

    COMPLETED = "completed"
    PARTIAL = "partial"
    SKIPPED = "skipped"
    FAILED = "failed"


class SkippedBy(StrEnum):
    """Who, or what, had a review skipped; under `incomplete` all but people's word turns red.

    Title and pushes are in the author's hand; the day's budget is nobody's doing alone.
    """

    PEOPLE = "people"  # who decide in the repository: by policy, a draft, a pause
    TITLE = "title"
    PUSHES = "pushes"  # after the first one, beyond the number of reviews, or in a burst that pauses them
    BUDGET = "budget"  # of a day, which many pull requests spend


@dataclass(frozen=True, slots=True)
class Excluded:
    """A file left out on purpose, by rule or policy. Does not make a review partial."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file, or a part of one, that should have been looked at and was not. Makes a review partial.

    Attributes:
        files: how many files it stands for; more than 1 where `path` is no name: `12 further files`.
    """

    path: str
    reason: str
    files: int = 1


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was read, what was left out on purpose, and what could not be read.

    Attributes:
        earlier: files that an earlier review read as they are now; they are not in `read`.
    """

    read: tuple[str, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    not_read: tuple[NotRead, ...] = ()
    earlier: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything that should have been looked at was."""
        return not self.not_read

    @property
    def files_not_read(self) -> int:
        """How many files were not read, or not all of them."""
        return sum({rest.path: rest.files for rest in self.not_read}.values())


@dataclass(frozen=True, slots=True)
class Usage:
    """What a review used of models. Tokens as the provider counted them; `cached` is a part of `prompt`.

    Attributes:
        cost_usd: None when the price of a model in use is not known.
    """

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        costs = (self.cost_usd, other.cost_usd)
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            None if None in costs else sum(cost for cost in costs if cost is not None),
        )

    def __sub__(self, other: Usage) -> Usage:
        """What is left of a sum without one of its parts."""
        is_known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            self.calls - other.calls,
            self.prompt_tokens - other.prompt_tokens,
            self.cached_tokens - other.cached_tokens,
            self.completion_tokens - other.completion_tokens,
            (self.cost_usd or 0.0) - (other.cost_usd or 0.0) if is_known else None,
        )


def total(parts: Iterable[Usage]) -> Usage:
    """The sum of several usages."""
    return sum(parts, Usage())


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """What is wrong with a policy file, and where: 1-based line and column, 0 where they are not known."""

    path: str
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Review:
    """One look at one head commit.

    Attributes:
        head_sha: the commit that was read; for a local range it may be a name such as `HEAD`.
        reviewer: name of the finding model, or `static` when no model took part.
        cross_checker: name of the second model, where it answered at least one question of this review.
        findings: everything that was claimed, each with its fate, worst posted ones first.
        reason: one sentence for people when the outcome is not `completed`; else empty.
        notices: further sentences for people (a policy that could not be used, text that was withheld).
        retryable: whether what is missing may be there at a later try (a model that did not answer).
        since: the head commit of the review before, where this one looked at what changed since; else empty.
        hunks: marks of every hunk of the present change that this review or one before has read.
        held: refuted by earlier reviews, with their code still there: kept for later, and told to nobody.
        problems: why a policy file of this repository could not be used.
        skipped_by: of a skipped one, who brought that about.
        has_second: whether somebody is asked about findings that the finding model is not sure of.
        used_before: where it read nothing, what the review of the same commit used that it says once more.
    """

    outcome: Outcome
    head_sha: str
    reviewer: str
    findings: tuple[MarkedFinding, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    usage: Usage = field(default_factory=Usage)
    cross_checker: str | None = None
    reason: str = ""
    notices: tuple[str, ...] = ()
    retryable: bool = False
    since: str = ""
    hunks: tuple[str, ...] = ()
    held: tuple[MarkedFinding, ...] = ()
    problems: tuple[PolicyProblem, ...] = ()
    skipped_by: SkippedBy = SkippedBy.PEOPLE
    has_second: bool = False
    used_before: Usage = field(default_factory=Usage)

    def with_fate(self, *fates: Fate) -> tuple[MarkedFinding, ...]:
        """The findings that ended in one of these ways, in the review's order."""
        return tuple(marked for marked in self.findings if marked.disposition.fate in fates)

    @property
    def shown(self) -> tuple[MarkedFinding, ...]:
        """Findings that people are told of as problems: inline, listed in the summary, or told before."""
        return self.with_fate(Fate.POSTED, Fate.FOLDED, Fate.UNANCHORED, Fate.OPEN)

    @property
    def is_complete(self) -> bool:
        """Whether everything was looked at that should have been."""
        return self.outcome is Outcome.COMPLETED and self.coverage.is_complete


class Conclusion(StrEnum):
    """GitHub's words for how a check run ends; the three that we use."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    FAILURE = "failure"


def conclude(review: Review, fail_on: FailOn) -> Conclusion:
    """How the check run ends. Green is only for a review that looked at everything.

    A skipped review is neutral even under `incomplete` where people decided that there should be none. Where
    a title brought that about, pushes (after the first one, beyond the number of reviews, in a burst), or a
    day's budget that is spent, it is no way past a policy that wants all read. What earlier reviews found and
    nobody settled counts all the same.
    """
    if fail_on.covers(marked.finding.severity for marked in review.shown):
        return Conclusion.FAILURE
    if review.outcome is Outcome.SKIPPED and review.skipped_by is SkippedBy.PEOPLE:
        return Conclusion.NEUTRAL
    if review.is_complete:
        return Conclusion.SUCCESS
    return Conclusion.FAILURE if fail_on is FailOn.INCOMPLETE else Conclusion.NEUTRAL
