"""A repository's policy: what its people want from reviews.

What is *not* here: the operator's settings (bot.settings), and reading the file (bot.parsing.policies).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.finding import Category, Severity

POLICY_PATH = ".github/ai-review.yml"

CATEGORIES_OFF_BY_DEFAULT = frozenset({Category.PERFORMANCE, Category.TEST, Category.DOCUMENTATION})


class FailOn(StrEnum):
    """From which severity on a shown finding turns the check red.

    `incomplete` also turns it red when something could not be looked at: for teams that require the check.
    """

    NEVER = "never"
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INCOMPLETE = "incomplete"

    def covers(self, severities: Iterable[Severity]) -> bool:
        """Whether one of these severities is bad enough."""
        if self in (FailOn.NEVER, FailOn.INCOMPLETE):
            return False
        return any(severity.at_least(Severity(self.value)) for severity in severities)


class CrossCheck(StrEnum):
    """Which findings a second question is asked about.

    `verify` asks about those that the finding model is not sure of, `strict` about all.
    """

    OFF = "off"
    VERIFY = "verify"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a repository asks for; the defaults hold where it has no policy file.

    Attributes:
        ignore: gitignore patterns of paths that are left out of reviews.
        severity_threshold: the mildest severity that is posted.
        max_comments: inline comments a review may post; the rest is listed in the summary.
        code_scanning: whether GitHub's open code-scanning alerts of the pull request are looked at too.
        cross_check: None means `verify` where the operator configured a second model, else none; asked for by
            name, it is done by the finding model itself where there is no second one.
        suggestions: whether the model is asked how to mend the worst of what was found.
    """

    enabled: bool = True
    ignore: tuple[str, ...] = ()
    severity_threshold: Severity = Severity.LOW
    max_comments: int = 20
    fail_on: FailOn = FailOn.NEVER
    cross_check: CrossCheck | None = None
    suggestions: bool = True
    code_scanning: bool = False
