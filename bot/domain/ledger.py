"""What the reviews of one pull request have told and settled so far: carried from each to the next.

It stands in Redis, and in hidden parts of our own comments, from which it can be built again.
What is *not* here: how it is written down (bot.rendering.carried), and which finding is which
(workers.review.matching).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.finding import Category, Fate, MarkedFinding, Severity
from bot.domain.review import Usage

TOLD = frozenset({Fate.POSTED, Fate.FOLDED, Fate.UNANCHORED, Fate.OPEN})
"""Fates of findings that people were told of as problems and that nobody has settled."""
SETTLED = frozenset({Fate.FIXED, Fate.DISMISSED, Fate.WITHDRAWN})
TOLD_BEFORE = "told by an earlier review"
"""Why a finding is a duplicate for which one of an earlier review speaks."""
RESOLVED = "its thread was resolved"
THUMBS_DOWN = "it got a 👎"
CLICKS = (RESOLVED, THUMBS_DOWN)
"""Why a finding is dismissed that people settled by a click (`Disposition.by_hand`)."""
HELD = frozenset({Fate.SUPPRESSED, Fate.REFUTED, Fate.PRE_EXISTING})
"""Fates of findings that people were not told of as problems, for a reason that may pass."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The state after the newest review.

    Attributes:
        head_sha: the commit that it looked at; empty before the first review.
        round: how many reviews there were.
        findings: all that people were told of, each with its present fate; what was held back last; and what
            was refuted whose code still stands.
        hunks: marks of the hunks that were read (workers.review.delta).
        usage: what all of them used of models.
        counted: delivery of the request whose review was the newest round; empty where that is not known.
        used_before: what the rounds before that one used.
        parted: whether this is what one text of ours had room for; the rest is in the check run of its head.
    """

    head_sha: str = ""
    round: int = 0
    findings: tuple[MarkedFinding, ...] = ()
    hunks: frozenset[str] = frozenset()
    usage: Usage = field(default_factory=Usage)
    counted: str = ""
    used_before: Usage = field(default_factory=Usage)
    parted: bool = False

    def counts(self, delivery: str, head_sha: str) -> bool:
        """Whether a request's review of a commit is the newest round: another try of it is no further one."""
        return bool(delivery) and (self.counted, self.head_sha) == (delivery, head_sha)

    @property
    def open(self) -> tuple[MarkedFinding, ...]:
        """Findings that still stand against the change."""
        return tuple(marked for marked in self.findings if marked.disposition.fate in TOLD)

    @property
    def settled(self) -> tuple[MarkedFinding, ...]:
        """Findings that were fixed, dismissed or withdrawn."""
        return tuple(marked for marked in self.findings if marked.disposition.fate in SETTLED)

    @property
    def held(self) -> tuple[MarkedFinding, ...]:
        """Findings that were held back or refuted."""
        return tuple(marked for marked in self.findings if marked.disposition.fate in HELD)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A finding that somebody with write access dismissed: others like it are held back for a while.

    Attributes:
        id: 16 hexadecimal digits: the fingerprint of what was dismissed.
        claim, quote: of the finding, cut.
        pull_number: where it was dismissed; `by` is a login.
        reason: in that person's words; may be empty.
        at, until: POSIX times.
    """

    id: str
    path: str
    category: Category
    severity: Severity
    source: str
    claim: str
    quote: str
    pull_number: int
    by: str
    reason: str
    at: float
    until: float


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a review is given of the ones before it; the default is the first review of a pull request.

    Attributes:
        head_sha: what the newest of them looked at.
        open: findings that stood after it.
        settled: findings that are fixed, dismissed or withdrawn by now.
        hunks: marks of what was read; empty makes this review look at everything.
        lessons: what people dismissed in this repository.
        held: findings that were held back or refuted.
        doubted: whether others may have written what stands here: it speaks for nothing graver than it says.
    """

    head_sha: str = ""
    open: tuple[MarkedFinding, ...] = ()
    settled: tuple[MarkedFinding, ...] = ()
    hunks: frozenset[str] = frozenset()
    lessons: tuple[Lesson, ...] = ()
    held: tuple[MarkedFinding, ...] = ()
    doubted: bool = False
