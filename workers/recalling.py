"""What is known of a pull request before a review: the ledger, brought up to date with what people did.

The ledger comes from Redis, or from the hidden lines of our own comments where Redis lost it. What people did
in the threads comes from GitHub each time. Their word counts where GitHub says that they may write. Where
others write under our name, a thread still tells that there is a finding, but not that it is settled, and no
comment what was read.

What is *not* here: what a review makes of it (workers.review), and writing (workers.posting).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.finding import Disposition, Fate, MarkedFinding
from bot.domain.ledger import HELD, RESOLVED, SETTLED, THUMBS_DOWN, TOLD, Earlier, Ledger, Lesson
from bot.domain.review import Review, Usage
from bot.github.standing import OwnText, Standing, Thread, ThumbDown
from bot.rendering.carried import carried_finding, carried_ledger
from bot.rendering.markers import MarkerKind, find_marker

MOST_CARRIED: Final = 100
"""Findings that are settled, held back or refuted are carried on up to this number each."""

MOST_ASKED: Final = 30
"""People of whom one review asks GitHub whether they may settle findings; the next one goes on."""

MaySettle = Callable[[str], Awaitable[bool | None]]
"""Of a login: whether GitHub says that it may settle findings; None where GitHub does not say."""
Strangers = Callable[[Collection[str]], Collection[str]]
"""Of logins: those of whom GitHub said a while ago that they may not."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """The ledger as it is now.

    Attributes:
        by_hand: findings that people settled on GitHub since the review before.
        reopened: findings of which they took that back.
        unasked: people whose hand does not count yet, since GitHub was not asked about them.
        unanswered: the same, since GitHub did not say what they may.
        doubted: whether others write under our name.
    """

    ledger: Ledger
    by_hand: tuple[MarkedFinding, ...] = ()
    reopened: tuple[MarkedFinding, ...] = ()
    unasked: int = 0
    unanswered: int = 0
    doubted: bool = False

    @property
    def notices(self) -> tuple[str, ...]:
        """For people: what was not looked at."""
        unasked = f"was not looked at: one review asks about {MOST_ASKED} at most."
        unanswered = "does not count yet: GitHub did not say whether they may settle findings."
        left = ((self.unasked, unasked), (self.unanswered, unanswered))
        return tuple(f"What {_people(number)} did in threads {why}" for number, why in left if number)

    def earlier(self, lessons: tuple[Lesson, ...] = (), *, everything: bool = False) -> Earlier:
        """For the engine; `everything` has it look at code that was read before too."""
        ledger = self.ledger
        hunks: frozenset[str] = frozenset() if everything else ledger.hunks
        return Earlier(
            ledger.head_sha, ledger.open, ledger.settled, hunks, lessons, ledger.held, self.doubted
        )


async def recall(
    kept: Ledger | None,
    standing: Standing,
    may_settle: MaySettle,
    strangers: Strangers = lambda _: (),
) -> Recalled:
    """Put together what is known.

    Args:
        kept: the ledger of Redis, or None.
        may_settle: asked about each person who resolved a thread or put 👎 on a finding, once; of very many
            about those who did so first, so that nobody's hand is pushed out by later ones.
        strangers: nobody is asked about these.
    """
    ledger = known_ledger(kept, standing)
    hands = _hands(ledger, standing)
    known = frozenset(strangers(hands))
    new_hands = [login for login in hands if login not in known]
    answers = {login: await may_settle(login) for login in new_hands[:MOST_ASKED]}
    writers = {login for login, may in answers.items() if may}
    findings = tuple(_by_people(marked, standing, writers) for marked in ledger.findings)
    pairs = tuple(zip(ledger.findings, findings, strict=True))
    new = tuple(after for before, after in pairs if _is_told(before) and not _is_told(after))
    reopened = tuple(after for before, after in pairs if not _is_told(before) and _is_told(after))
    unanswered = sum(may is None for may in answers.values())
    unasked = len(new_hands[MOST_ASKED:])
    ledger = replace(ledger, findings=findings)
    return Recalled(ledger, new, reopened, unasked, unanswered, standing.is_shared)


def _people(number: int) -> str:
    return "one person" if number == 1 else f"{number} people"


def _is_told(marked: MarkedFinding) -> bool:
    return marked.disposition.fate in TOLD


def still_open(ledger: Ledger) -> tuple[MarkedFinding, ...]:
    """What stands against a pull request, for a review that could not look or was not to."""
    return tuple(replace(marked, disposition=Disposition(Fate.OPEN)) for marked in ledger.open)


def known_findings(kept: Ledger | None, standing: Standing) -> tuple[MarkedFinding, ...]:
    """Every finding that people were told of, open or settled, as Redis and our own comments know it."""
    return known_ledger(kept, standing).findings


def known_ledger(kept: Ledger | None, standing: Standing) -> Ledger:
    """What Redis and our own comments know; what people did by hand is not looked at."""
    return joined(max(kept or Ledger(), rebuilt(standing), key=lambda one: one.round), standing)


def rebuilt(standing: Standing) -> Ledger:
    """The ledger from our comments alone, the newest of them; empty where nothing of ours stands for sure."""
    if standing.is_shared:
        return Ledger()
    summaries = [text for text in standing.comments if find_marker(text.body, MarkerKind.SUMMARY)]
    ledgers = [ledger for text in summaries if (ledger := carried_ledger(text.body)) is not None]
    return max(ledgers, key=lambda one: one.round, default=Ledger())


def joined(ledger: Ledger, standing: Standing) -> Ledger:
    """The ledger with what the inline comments say: their ids, and findings that it does not know.

    What a comment says of how its finding was settled goes before what the ledger says: people's commands
    are written there at once, while a review may be under way.
    """
    taken = frozenset(marked.comment_id for marked in ledger.findings if marked.comment_id is not None)
    findings = [_with_thread(marked, standing, taken) for marked in ledger.findings]
    known = {marked.comment_id for marked in findings}
    for thread in standing.threads:
        carried = _told_in(thread, standing)
        if thread.comment.id not in known and carried is not None:
            findings.append(replace(carried, comment_id=thread.comment.id))
    return replace(ledger, findings=tuple(findings))


def of_this_head(review: Review, before: Ledger) -> Review:
    """A further look at one commit: what the first one told is not 'still open', it is this commit's news.

    What had no comment for the limit on those still has none, and what the first look used is still said
    where nothing more was read. `before` is the ledger that the look was given.
    """
    folded = {_place(one): one.disposition for one in before.open if one.disposition.fate is Fate.FOLDED}

    def told(marked: MarkedFinding) -> MarkedFinding:
        if marked.disposition.fate is not Fate.OPEN or marked.since != review.head_sha:
            return marked
        fate = Fate.POSTED if marked.anchor is not None else Fate.UNANCHORED
        now = Disposition(fate, marked.disposition.reason)
        return replace(marked, disposition=folded.get(_place(marked), now))

    since = "" if review.since == review.head_sha else review.since
    findings = tuple(told(marked) for marked in review.findings)
    used = before.usage - before.used_before if _is_no_round(review, before) else Usage()
    return replace(review, findings=findings, since=since, used_before=used)


def _is_no_round(review: Review, before: Ledger) -> bool:
    """Whether it looks at a commit that was reviewed, and read nothing of it."""
    return before.head_sha == review.head_sha and not review.coverage.read


def _place(marked: MarkedFinding) -> tuple[str, str]:
    return marked.finding.path, marked.fingerprint


def ledger_after(review: Review, before: Ledger, delivery: str = "") -> Ledger:
    """The ledger once a review stands.

    A second look at the same commit that read nothing is no new round. Nor is a further try of a request: its
    review tells what all of them used.

    Args:
        delivery: names the request; empty for one that nobody repeats.
    """
    again = before.counts(delivery, review.head_sha)
    no_round = again or _is_no_round(review, before)
    used_before = before.used_before if no_round else before.usage
    told = [_since(marked, review) for marked in review.findings if marked.disposition.fate in TOLD]
    settled = [marked for marked in review.findings if marked.disposition.fate in SETTLED]
    held = [_since(marked, review) for marked in review.findings if marked.disposition.fate in HELD]
    held += review.held
    back = [marked for marked in held if marked.disposition.fate is not Fate.REFUTED]
    refuted = [marked for marked in held if marked.disposition.fate is Fate.REFUTED]
    return Ledger(
        head_sha=review.head_sha,
        round=before.round + (0 if no_round else 1),
        findings=(*told, *settled[:MOST_CARRIED], *back[:MOST_CARRIED], *refuted[:MOST_CARRIED]),
        hunks=frozenset(review.hunks),
        usage=(used_before if again else before.usage) + review.usage,
        counted=before.counted if no_round else delivery,
        used_before=used_before,
    )


def _since(marked: MarkedFinding, review: Review) -> MarkedFinding:
    return marked if marked.since else replace(marked, since=review.head_sha)


def _with_thread(marked: MarkedFinding, standing: Standing, taken: Collection[int]) -> MarkedFinding:
    """The finding with its comment as GitHub has it now, and with the fate that the comment says."""
    thread = _thread(marked, standing, taken)
    if thread is None:
        return replace(marked, comment_id=None, outdated=False)
    found = replace(marked, comment_id=thread.comment.id, outdated=thread.is_outdated)
    carried = _told_in(thread, standing)
    if carried is None or carried.disposition.fate not in SETTLED or is_decided(marked):
        return found
    return replace(found, disposition=carried.disposition)


def _told_in(thread: Thread, standing: Standing) -> MarkedFinding | None:
    """The finding that our comment carries; where that may be somebody else's, as an open one."""
    carried = carried_finding(thread.comment.body)
    if carried is None or not standing.is_shared:
        return carried
    return replace(carried, disposition=Disposition(Fate.OPEN))


def _thread(marked: MarkedFinding, standing: Standing, taken: Collection[int]) -> Thread | None:
    """By the comment's id where it is known; else by fingerprint and file, as when it was just posted."""
    if marked.comment_id is not None:
        return standing.thread_of(marked.comment_id)
    if marked.disposition.fate not in TOLD | SETTLED:
        return None
    same = [
        thread
        for thread in reversed(standing.threads)
        if thread.comment.id not in taken and fingerprint_of(thread.comment) == marked.fingerprint
    ]
    here = [thread for thread in same if thread.comment.path == marked.finding.path]
    return next(iter((*here, *same)), None)


def is_decided(marked: MarkedFinding) -> bool:
    """Whether a finding is settled for good: what people did by hand they may take back, or say in words."""
    return marked.disposition.fate in SETTLED and not marked.disposition.by_hand


def fingerprint_of(text: OwnText) -> str | None:
    """The fingerprint in the marker of one of our inline comments."""
    marker = find_marker(text.body, MarkerKind.FINDING)
    return marker.values.get("fp") if marker else None


def _hands(ledger: Ledger, standing: Standing) -> list[str]:
    """Logins of who did something that is in question: who resolved a thread, then the oldest 👎 first.

    Strangers cannot resolve, but for the author of the pull request.
    """
    first: dict[str, str] = {}
    for marked in ledger.findings:
        thread = standing.thread_of(marked.comment_id) if marked.comment_id is not None else None
        if thread is None or not _is_in_question(marked, thread):
            continue
        resolvers = (ThumbDown(thread.resolved_by),) if thread.resolved_by else ()
        for hand in (*resolvers, *thread.thumbs_down):
            first[hand.login] = min(hand.at, first.get(hand.login, hand.at))
    return sorted(first, key=lambda login: (first[login], login))


def _is_in_question(marked: MarkedFinding, thread: Thread) -> bool:
    """Whether it matters who did what: the finding is open, or who settled it by hand took that back."""
    before = marked.disposition
    if before.fate is not Fate.DISMISSED or not before.by_hand:
        return before.fate in TOLD
    return not (_is_closed_by_us(thread) or _stays(before.by, thread))


def _by_people(marked: MarkedFinding, standing: Standing, writers: Collection[str]) -> MarkedFinding:
    """The finding as people with write permission left it in its thread."""
    thread = standing.thread_of(marked.comment_id) if marked.comment_id is not None else None
    if thread is None or not _is_in_question(marked, thread):
        return marked
    said = _said(thread, writers)
    if _is_told(marked):
        return marked if said is None else replace(marked, disposition=said)
    return marked if said is not None else replace(marked, disposition=Disposition(Fate.OPEN))


def _said(thread: Thread, writers: Collection[str]) -> Disposition | None:
    """Who dismissed a finding by hand, and how; None where nobody did who may."""
    if thread.is_resolved and thread.resolved_by in writers:
        return Disposition(Fate.DISMISSED, RESOLVED, thread.resolved_by, by_hand=True)
    down = [one.login for one in thread.thumbs_down if one.login in writers]
    return Disposition(Fate.DISMISSED, THUMBS_DOWN, down[0], by_hand=True) if down else None


def _stays(by: str, thread: Thread) -> bool:
    """Whether what somebody did is still done. It was allowed then, whatever that person may do today."""
    return (thread.is_resolved and thread.resolved_by == by) or any(
        one.login == by for one in thread.thumbs_down
    )


def _is_closed_by_us(thread: Thread) -> bool:
    return thread.is_resolved and not thread.resolved_by
