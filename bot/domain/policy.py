"""A repository's policy: what its people want from reviews.

What is *not* here: the operator's settings (bot.settings), and reading the file (bot.parsing.policies).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.finding import Category, Severity

POLICY_PATH = ".github/ai-review.yml"

CATEGORIES_OFF_BY_DEFAULT = frozenset({Category.PERFORMANCE, Category.TEST, Category.DOCUMENTATION})


class FailOn(StrEnum):
    """From which severity on a shown finding turns the check red.

    `incomplete` turns it red when something could not be looked at, and for no finding: for teams that
    require the check.
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


class Profile(StrEnum):
    """How sure a finding has to be before people see it."""

    CHILL = "chill"
    STANDARD = "standard"
    ASSERTIVE = "assertive"

    @property
    def confidence_least(self) -> float:
        """A finding that its own source believes in less than this is held back."""
        return {Profile.CHILL: 0.7, Profile.STANDARD: 0.4, Profile.ASSERTIVE: 0.25}[self]

    @property
    def confirmed_least(self) -> float:
        """The same for one that a second question confirmed."""
        return {Profile.CHILL: 0.7, Profile.STANDARD: 0.25, Profile.ASSERTIVE: 0.25}[self]

    @property
    def severity_threshold(self) -> Severity:
        """The mildest severity that is told where the policy itself says none."""
        return Severity.MEDIUM if self is Profile.CHILL else Severity.LOW

    @property
    def max_comments(self) -> int:
        """Inline comments of a review at most, where the policy itself says no number."""
        return {Profile.CHILL: 10, Profile.STANDARD: 20, Profile.ASSERTIVE: 40}[self]


class PushReviews(StrEnum):
    """Which pushes are reviewed by themselves; `first`: none after the first review of a pull request."""

    EVERY = "every"
    FIRST = "first"


class MayCommand(StrEnum):
    """The least permission on the repository that `/ai-review` is obeyed for, by GitHub's own names."""

    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class PauseAfter:
    """So many pushes in so many minutes pause the reviews of a pull request until somebody resumes them."""

    pushes: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Triggers:
    """What starts a review by itself. Commands and re-runs always do.

    Attributes:
        max_rounds: reviews that pushes may start on one pull request; then people have to ask.
    """

    opened: bool = True
    ready_for_review: bool = True
    push: PushReviews = PushReviews.EVERY
    pause_after: PauseAfter | None = None
    max_rounds: int = 30


@dataclass(frozen=True, slots=True)
class PathInstructions:
    """What the repository asks of reviews of some files, in words for the model.

    Attributes:
        paths: gitignore patterns of these files; as in a .gitignore, the last one that matches decides.
    """

    paths: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Business logic that nobody wrote down elsewhere.

    Attributes:
        id: a word that findings name.
        paths: gitignore patterns of the files that it holds for, of which the last that matches decides;
            empty means all.
        severity: of a finding that breaks it.
    """

    id: str
    text: str
    paths: tuple[str, ...] = ()
    severity: Severity = Severity.MEDIUM


@dataclass(frozen=True, slots=True)
class Learning:
    """Whether findings like dismissed ones are held back, and how many days a dismissal counts."""

    enabled: bool = True
    days: int = 90


@dataclass(frozen=True, slots=True)
class Policy:
    """What a repository asks for; the defaults hold where it has no policy file.

    Attributes:
        branches: patterns (`*`, `?`) of base branches; empty means all.
        drafts: whether drafts are reviewed.
        ignore: gitignore patterns of paths that are left out of reviews.
        ignore_authors, ignore_labels, ignore_titles: patterns (`*`, `?`, any case) of pull requests that are
            not reviewed by themselves.
        languages: only files of these programming languages are reviewed; empty means all.
        languages_off: files of these are left out.
        path_instructions, rules: in the file's order; words for the model.
        guidelines: patterns of further files of the base branch that hold rules, in words.
        categories_off: findings of these are held back.
        severity_threshold: the mildest severity that is posted.
        max_comments: inline comments a review may post; the rest is listed in the summary.
        passes: how many questions are asked about the same code; None means the operator's number.
        model: the finding model, one of those that the operator allows; None means the operator's.
        language: code of the language that findings are written in: `en`, `de`, `pt-br`.
        summary: whether there is a summary comment; the check run always says everything.
        budget_usd: dollars for one review; the operator's own limit holds beside it.
        permission: who may command.
        code_scanning: whether GitHub's open code-scanning alerts of the pull request are looked at too.
        cross_check: None means `verify` where the operator configured a second model, else none; asked for by
            name, it is done by the finding model itself where there is no second one.
        suggestions: whether the model is asked how to mend the worst of what was found.
        images: whether changed images and screenshots of the description are shown to models that can see.
    """

    enabled: bool = True
    triggers: Triggers = field(default_factory=Triggers)
    branches: tuple[str, ...] = ()
    drafts: bool = False
    ignore: tuple[str, ...] = ()
    ignore_authors: tuple[str, ...] = ()
    ignore_labels: tuple[str, ...] = ()
    ignore_titles: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    languages_off: tuple[str, ...] = ()
    path_instructions: tuple[PathInstructions, ...] = ()
    rules: tuple[Rule, ...] = ()
    guidelines: tuple[str, ...] = ()
    categories_off: frozenset[Category] = CATEGORIES_OFF_BY_DEFAULT
    severity_threshold: Severity = Severity.LOW
    max_comments: int = 20
    fail_on: FailOn = FailOn.NEVER
    profile: Profile = Profile.STANDARD
    cross_check: CrossCheck | None = None
    passes: int | None = None
    model: str | None = None
    language: str = "en"
    summary: bool = True
    budget_usd: float | None = None
    permission: MayCommand = MayCommand.WRITE
    learning: Learning = field(default_factory=Learning)
    suggestions: bool = True
    code_scanning: bool = False
    images: bool = True
