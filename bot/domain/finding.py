"""A finding: a claim about code, what backs it, and what became of it.

What is *not* here: what is kept of it from review to review (bot.domain.ledger), and how it is told
(bot.rendering.comment).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.diff import Anchor, Side

CODE_SCANNING: Final = "code-scanning"
"""Kind of source of GitHub's alerts: `code-scanning:CodeQL:py/path-injection`."""
REPORTS: Final = frozenset({"sarif", CODE_SCANNING})
"""Kinds of source that ran elsewhere; the tool's own name comes second."""
SECRETS: Final = "secrets"
"""Kind of source of our own look for secrets: `secrets:github-token`."""
OF_ANY_TEXT: Final = REPORTS | {SECRETS}
"""Kinds of source that look at text of any kind, though no analyser has rules for its language."""
_RULES: Final = frozenset({"ruff", "ast-grep", "python", "ty"}) | OF_ANY_TEXT


class Severity(StrEnum):
    """How bad the consequence is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical, growing as it gets milder: sorts worst first."""
        return list(Severity).index(self)

    def at_least(self, other: Severity) -> bool:
        """Whether this is as bad as `other`, or worse."""
        return self.rank <= other.rank


class Category(StrEnum):
    """What kind of defect a finding claims."""

    WRONG_CONDITION = "wrong-condition"
    BOUNDARY = "boundary"
    MISSING_CHECK = "missing-check"
    ERROR_HANDLING = "error-handling"
    RESOURCE = "resource"
    CONCURRENCY = "concurrency"
    API_MISUSE = "api-misuse"
    SECURITY = "security"
    DATA_LOSS = "data-loss"
    TYPE = "type"
    CONTRACT = "contract"
    RULE = "rule"
    PERFORMANCE = "performance"
    TEST = "test"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True, slots=True)
class LineRange:
    """Lines of one side of a file, both ends included, 1-based."""

    start: int
    end: int
    side: Side = Side.RIGHT


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim that some code is wrong, with its evidence.

    Text fields come from a model or a rule and may repeat hostile text: they are cleaned when rendered.

    Attributes:
        lines: where the quote stands, worked out by code from the quote; None until it was found.
        quote: code exactly as it stands at the head commit (at the base for removed lines).
        confidence: 0 to 1, as its source put it.
        trigger: the input or sequence of events that makes it fail.
        source: who says so: a model's name, or `ruff:B006`, `ast-grep:RULE`, `sarif:TOOL:RULE`; `is_rule`
            tells them apart.
        suggestion: replacement text for exactly `lines`, or None.
        needs: names that its source would look up to be sure; a second model is shown their definitions.
        lens: which of several questions found it: `behaviour`; empty for rules of analysers.
        fix_words: how to mend it, in words, where there is no text to put in its place; may be empty.
        rule: id of the repository's own rule that it breaks (bot.domain.policy.Rule); else empty.
    """

    path: str
    lines: LineRange | None
    quote: str
    category: Category
    severity: Severity
    confidence: float
    claim: str
    trigger: str
    consequence: str
    source: str
    suggestion: str | None = None
    needs: tuple[str, ...] = ()
    lens: str = ""
    fix_words: str = ""
    rule: str = ""


def is_rule(source: str) -> bool:
    """Whether a rule of an analyser said it, as `ruff:B006`; models are named by provider: `openai:NAME`."""
    return kind_of(source) in _RULES


def kind_of(source: str) -> str:
    """`ruff` of `ruff:B006`: the analyser or the kind of report; the provider of a model."""
    return source.partition(":")[0]


class Ruling(StrEnum):
    """What a checker says of a finding: real, not real, or it cannot tell (or could not be asked)."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One checker's vote on a finding.

    Attributes:
        by: name of the model that was asked.
        reason: one or two sentences; for an unanswered question, why there is no answer.
        introduced: whether this change brought the defect in, as far as the checker can tell.
    """

    ruling: Ruling
    by: str
    reason: str
    introduced: bool = True


class Fate(StrEnum):
    """What became of a finding. Findings are marked, never dropped."""

    POSTED = "posted"  # an inline comment
    FOLDED = "folded"  # one too many, of a review's comments or of one answer: listed in the summary
    UNANCHORED = "unanchored"  # GitHub has no place for an inline comment: listed in the summary
    SUPPRESSED = "suppressed"  # held back: by policy, by a lesson, as read or mended before, or as too unsure
    UNSUPPORTED = "unsupported"  # its evidence does not exist at the head commit
    PRE_EXISTING = "pre-existing"  # real, but not introduced by this change
    REFUTED = "refuted"  # a checker says that it is not real
    DUPLICATE = "duplicate"  # the same defect as another finding
    OPEN = "open"  # told by an earlier review and still there: it stays in its thread and is not told again
    FIXED = "fixed"  # told by an earlier review and gone since
    DISMISSED = "dismissed"  # people decided that it is no problem
    WITHDRAWN = "withdrawn"  # taken back after somebody argued against it


@dataclass(frozen=True, slots=True)
class Disposition:
    """A fate and the reason for it, in words for people; empty for `posted`.

    Attributes:
        by: login of who decided it; empty where no person did, or where the reason says it.
        by_hand: whether that was a click on GitHub, which can be taken back; the reason says it in our words.
    """

    fate: Fate
    reason: str = ""
    by: str = ""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """How many of the judged findings like this one were right: `right` of `of`."""

    right: int
    of: int


@dataclass(frozen=True, slots=True)
class MarkedFinding:
    """A finding with everything that the review worked out about it.

    Attributes:
        anchor: where its comment stands or would stand; None when GitHub has no place for it.
        fingerprint: 16 hexadecimal digits that stay the same while code and claim do.
        backed_by: rules of analysers that report it too, as in `Finding.source`: `ruff:B006`.
        votes: how many answers of the finding model reported it, of several passes or to one question.
        measured: how often findings like it were right when that was measured; None where it never was.
        since: the head commit at which people were first told of it, or at which it was held back; empty for
            a new one.
        comment_id: GitHub's id of the inline comment that tells it; None where none stands, or none yet.
        outdated: whether GitHub folds that comment away, since the lines under it were changed.
        guards: of a refuted one, the other changed files whose code may be what refutes it.
    """

    finding: Finding
    disposition: Disposition
    fingerprint: str
    verdicts: tuple[Verdict, ...] = ()
    anchor: Anchor | None = None
    votes: int = 1
    measured: Measured | None = None
    backed_by: tuple[str, ...] = ()
    since: str = ""
    comment_id: int | None = None
    outdated: bool = False
    guards: tuple[str, ...] = ()
