"""Whether findings of earlier reviews still hold, and what becomes of each.

A finding ends as *fixed* in four ways. Its code was deleted. A model says, of the code as it is now, that the
report is no longer true (a guard was added above, a caller has changed). Its code was written anew, and what
is reported there is graver: people are told of that instead. Or the like is reported there or near by in
other names, and a model that was asked whether that is it does not say so. Everything else stays *open*:
what nobody has touched, what could not be looked at or asked about, what a model is not sure of where nothing
else is reported. Silence is no proof: that the find pass does not say a thing again means nothing, and a line
that was changed is not deleted: the finding goes on in what stands in its place.

Questions are narrow and few. None is asked where the push can have nothing to do with the finding, nor where
the find pass has just reported it again and is sure of it; one is asked where its code is gone and the like
is reported near by in other names, or other code is in its place. At most `MOST_QUESTIONS` are asked in one
review, about the worst. What is still to be asked is remembered in the finding's reason; the next review asks
it.

What was mended outside of its own file can come back unseen: somebody changes the hunk that mended it, and
nobody reads the finding's file again for that. So it is remembered of such a finding, and when hunks that
were read are changed or taken back, it is asked about once more, and told anew if it is confirmed.

Without a model the analysers decide: what a rule no longer reports is fixed. What a model said before, of
code that has changed since, stays open. Tools that ran elsewhere decide where their reports are at hand; that
nobody could ask for these is no silence, of changed code neither.

What is *not* here: finding the code again (workers.review.following) or what stands in its place
(workers.review.successors), what a question shows
(workers.review.recheck_questions), and questions about new findings (workers.review.cross_check).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.domain.finding import (
    OF_ANY_TEXT,
    REPORTS,
    Disposition,
    Fate,
    Finding,
    LineRange,
    MarkedFinding,
    Ruling,
    Verdict,
    is_rule,
    kind_of,
)
from bot.domain.review import Usage, total
from workers.ports import Model
from workers.review.change import OUT_OF_TIME
from workers.review.cross_check import Checking
from workers.review.delta import Delta
from workers.review.duplicates import order, same_defect
from workers.review.evidence import fingerprint
from workers.review.following import NOT_ASKED_AGAIN, Followed, Where, may_be_settled, names_of
from workers.review.looked import NOTHING_HEARD, Heard
from workers.review.matching import Known, told_before
from workers.review.questions import Questions
from workers.review.ranking import SHOWN
from workers.review.recheck_questions import Vote, ask_again, silence

MOST_QUESTIONS: Final = 20
"""Open findings that one review asks about."""
MOST_RETURNING: Final = 5
"""Fixed findings that one review asks about."""
CODE_GONE: Final = "its code is gone"
CODE_CHANGED: Final = "its code has changed: "
"""How the reason of a fixed finding begins that does not hold in what stands in place of its code."""
PICTURE_CHANGED: Final = "its picture is gone or has changed, and it is not reported again"
CAME_BACK: Final = "it was fixed before, and came back"
MENDED_ELSEWHERE: Final = "mended outside of its file: "
"""How the reason of a fixed finding begins that is asked about again when other files change."""
NO_LONGER_REPORTED: Final = "the analysers no longer report it"
_ANOTHER: Final = f"{CODE_CHANGED}another finding is reported in its place"
_NOT_AGAIN: Final = f"{CODE_CHANGED}it is not reported again"
_NO_MODEL: Final = f"{NOT_ASKED_AGAIN}: its code has changed, and no model is set up"
_NO_REPORT: Final = f"{NOT_ASKED_AGAIN}: its code has changed, and no report of its tool is at hand"
_DID_NOT_STAND: Final = (
    f"{NOT_ASKED_AGAIN}: its code has changed, and what was reported in its place does not stand"
)
_TOO_MANY: Final = f"{NOT_ASKED_AGAIN}: more than {MOST_QUESTIONS} findings were to be checked"


@dataclass(frozen=True, slots=True)
class Rechecked:
    """Findings of earlier reviews with their present fates, in order.

    Attributes:
        unanswered: how many could not be asked about although they should have been.
        answered: about how many somebody was asked and answered.
        same: new findings of which somebody says that an earlier one holds in their code.
    """

    findings: tuple[MarkedFinding, ...] = ()
    usage: Usage = field(default_factory=Usage)
    unanswered: int = 0
    same: tuple[MarkedFinding, ...] = ()
    answered: int = 0


def settle_without_model(
    known: Sequence[Known], read: frozenset[str], unread: frozenset[str], heard: Heard = NOTHING_HEARD
) -> Rechecked:
    """Where analysers alone review: what a rule reports again is open, what it no longer does is fixed.

    Args:
        known: the earlier findings, each with what was reported of it.
        read: paths that the analysers looked at; elsewhere their silence says nothing.
        unread: paths that could not be looked at.
        heard: what tools said that ran elsewhere.
    """
    settled = (
        _silent(one, read, heard) or _changed(one, heard) or _unasked(one, unread)
        for one in _looked_at(known, unread)
    )
    return Rechecked(tuple(settled))


async def recheck(
    known: Sequence[Known],
    delta: Delta,
    unread: frozenset[str],
    questions: Questions,
    model: Model,
    check: Checking | None,
) -> Rechecked:
    """Decide about each earlier finding; ask where the code cannot tell.

    Args:
        known: the earlier findings, each with what was reported of it.
        delta: what is new in the change.
        unread: paths that could not be looked at.
        questions: makes the questions.
        model: who is asked.
        check: how sure the find pass has to be of a finding that it reports again.
    """
    known = _looked_at(known, unread)
    due = [index for index, one in enumerate(known) if _is_due(one, delta, check, questions)]
    due.sort(key=lambda index: order(known[index].followed.marked))
    asked = due[:MOST_QUESTIONS]
    jobs = [ask_again(_present(known[index]), delta, questions, model) for index in asked]
    answers = await questions.deadline.gather(jobs)
    decided = [_unasked(one, unread) for one in known]
    late = due[MOST_QUESTIONS:]
    for index in late:
        decided[index] = _open(_by_itself(known[index]), _TOO_MANY)
    votes = [answer or silence(OUT_OF_TIME.reason) for answer in answers]
    pairs = [(known[index], vote) for index, vote in zip(asked, votes, strict=True)]
    for index, (one, vote) in zip(asked, pairs, strict=True):
        decided[index] = _decided(one, vote, delta, unread)
    answered = _answered(votes)
    same = tuple(one.perhaps for one, vote in pairs if one.perhaps is not None and _holds(vote))
    usage, unanswered = total(vote.usage for vote in votes), len(due) - answered
    return Rechecked(tuple(decided), usage, unanswered, same, answered)


def not_outdone(rechecked: Rechecked, known: Iterable[Known], new: Iterable[MarkedFinding]) -> Rechecked:
    """The same, with those open, unasked, in whose place something graver was reported that does not stand.

    Args:
        rechecked: what became of each of `known`, in its order.
        new: this review's findings with their fates.
    """
    stand = frozenset(_place(marked) for marked in new if marked.disposition.fate in SHOWN)
    pairs = list(zip(rechecked.findings, known, strict=True))
    due = [
        one.outdone is not None and marked.disposition.reason == _ANOTHER and _place(one.outdone) not in stand
        for marked, one in pairs
    ]
    findings = (
        _open(_by_itself(one), _DID_NOT_STAND) if is_due else marked
        for (marked, one), is_due in zip(pairs, due, strict=True)
    )
    return replace(rechecked, findings=tuple(findings), unanswered=rechecked.unanswered + sum(due))


def taken_over(findings: Sequence[MarkedFinding], same: Iterable[MarkedFinding]) -> tuple[MarkedFinding, ...]:
    """New findings, those marked that turned out to be earlier ones in other names; order is kept."""
    places = frozenset(map(_place, same))
    return tuple(told_before(marked) if _place(marked) in places else marked for marked in findings)


def _place(marked: MarkedFinding) -> tuple[str, str, LineRange | None]:
    return marked.finding.path, marked.fingerprint, marked.finding.lines


def may_return(settled: Iterable[Followed], delta: Delta) -> tuple[MarkedFinding, ...]:
    """Fixed findings whose code stands, where something has changed since; the worst.

    They were mended outside of their files, or their code was gone and is back as it was. Whether they
    hold is asked: it must not hang on luck whether a finding is reported once more.
    """
    back = (one.marked for one in settled if one.where is Where.STANDS and _may_hold(one.marked, delta))
    return tuple(sorted(back, key=order)[:MOST_RETURNING])


def _may_hold(marked: MarkedFinding, delta: Delta) -> bool:
    if marked.disposition.fate is not Fate.FIXED:
        return False
    reason = marked.disposition.reason
    is_back = _was_gone(reason) and delta.is_fresh(marked.finding.path)
    return is_back or (reason.startswith(MENDED_ELSEWHERE) and delta.altered)


async def returned(
    mended: Sequence[MarkedFinding],
    known: Sequence[Known],
    delta: Delta,
    questions: Questions,
    model: Model,
) -> Rechecked:
    """Those of some fixed findings that hold again, as new ones.

    Without an answer they hold where the very code is back that was gone: not having looked is no mending.

    Args:
        mended: what `may_return`.
        known: the open ones: what is told in another thread does not come back once more.
    """
    open_ = [now for one in known if (now := one.now)]
    standing = [marked for marked in mended if not _is_told(marked.finding, open_)]
    answers = await questions.deadline.gather([ask_again(one, delta, questions, model) for one in standing])
    votes = [answer or silence(OUT_OF_TIME.reason) for answer in answers]
    again = [
        _anew(marked, vote.verdict)
        for marked, vote in zip(standing, votes, strict=True)
        if _holds_again(marked, vote.verdict)
    ]
    return Rechecked(tuple(again), total(vote.usage for vote in votes), answered=_answered(votes))


def _answered(votes: Iterable[Vote]) -> int:
    return sum(vote.verdict is not None for vote in votes)


def _is_told(finding: Finding, told: Iterable[Finding]) -> bool:
    return any(one.path == finding.path and same_defect(one, finding) for one in told)


def _holds_again(marked: MarkedFinding, verdict: Verdict | None) -> bool:
    if verdict is None:
        return _was_gone(marked.disposition.reason)
    return verdict.ruling is Ruling.CONFIRMED


def _was_gone(reason: str) -> bool:
    """Whether a finding was fixed because its code was gone, whatever stood in its place."""
    return reason == CODE_GONE or reason.startswith(CODE_CHANGED)


def _anew(marked: MarkedFinding, verdict: Verdict | None) -> MarkedFinding:
    """A finding that was fixed, as one that nobody was told of."""
    fate = Fate.POSTED if marked.anchor else Fate.UNANCHORED
    return replace(
        marked,
        disposition=Disposition(fate, CAME_BACK),
        fingerprint=fingerprint(marked.finding),
        verdicts=(verdict,) if verdict else (),
        since="",
        comment_id=None,
    )


def _is_due(one: Known, delta: Delta, check: Checking | None, questions: Questions) -> bool:
    """Whether somebody has to be asked about a finding."""
    followed, again = one.followed, one.again
    if followed.marked.finding.lines is None:  # a picture cannot be looked up in code
        return False
    if again is None:
        is_touched = followed.where is Where.STANDS and may_be_settled(followed, delta)
        in_its_place = one.perhaps is not None or one.successor is not None
        return is_touched or (in_its_place and one.outdone is None)
    if followed.where is not Where.GONE and not may_be_settled(followed, delta):
        return False
    if again.disposition.fate not in SHOWN:  # reported by a source that hardly believes in it
        return True
    unsure = again.finding.confidence < questions.engine.limits.verify_below
    return check is not None and (check.strict or unsure)


def _looked_at(known: Sequence[Known], unread: frozenset[str]) -> list[Known]:
    """Nobody is asked about what stands in place of code while its file is still to be read."""
    return [
        one if unread.isdisjoint(one.followed.files) else replace(one, perhaps=None, successor=None)
        for one in known
    ]


def _present(one: Known) -> MarkedFinding:
    """An earlier finding at its place of now: it keeps its words, its thread and when it was first told."""
    marked, again = one.followed.marked, one.again or one.perhaps or one.successor
    if again is None or (one.followed.where is Where.STANDS and not is_rule(again.finding.source)):
        return marked
    new, changed = again.finding, one.followed.where is Where.GONE
    return replace(
        marked,
        finding=replace(marked.finding, path=new.path, lines=new.lines, quote=new.quote),
        fingerprint=again.fingerprint if changed else marked.fingerprint,
        anchor=again.anchor,
    )


def _by_itself(one: Known) -> MarkedFinding:
    """The same where nobody has said that what is reported in its place is it: in the code that took that."""
    return _present(one if one.successor is None else replace(one, perhaps=None))


def _holds(vote: Vote) -> bool:
    return vote.verdict is not None and vote.verdict.ruling is Ruling.CONFIRMED


def _decided(one: Known, vote: Vote, delta: Delta, unread: frozenset[str]) -> MarkedFinding:
    """What becomes of a finding that somebody was asked about."""
    if vote.verdict is None:
        return _open(_by_itself(one), vote.why)
    if one.perhaps is None:
        decided = _with(_present(one), vote, delta)
        return decided if one.successor is None else _changed_since(one, decided)
    if _holds(vote):
        return _open(_present(one))
    return _unasked(one, unread)


def _changed_since(one: Known, decided: MarkedFinding) -> MarkedFinding:
    """A finding whose code was written anew; one that is mended there keeps the code that it was about.

    Should that come back, somebody is asked once more.
    """
    said = decided.disposition
    if said.fate is not Fate.FIXED or said.reason.startswith(MENDED_ELSEWHERE):
        return decided
    was = replace(one.followed.marked, verdicts=decided.verdicts)
    return _fixed(was, f"{CODE_CHANGED}{said.reason}")


def _unasked(one: Known, unread: frozenset[str]) -> MarkedFinding:
    """What becomes of a finding that nobody was asked about."""
    is_gone = one.followed.where is Where.GONE and one.again is None
    if is_gone and unread.isdisjoint(one.followed.files):
        return _fixed(one.followed.marked, _why_gone(one))
    said = one.followed.marked.disposition.reason
    still_due = one.again is None and said.startswith(NOT_ASKED_AGAIN)
    return _open(_present(one), said if still_due else "")


def _why_gone(one: Known) -> str:
    """What is said of code that is no longer there: not of every such line that it was deleted."""
    if one.followed.marked.finding.lines is None:
        return PICTURE_CHANGED
    if one.successor is None:
        return CODE_GONE
    return _ANOTHER if one.outdone or one.perhaps else _NOT_AGAIN


def _silent(one: Known, read: frozenset[str], heard: Heard) -> MarkedFinding | None:
    """A rule's finding that stands where the rule says nothing any more; None for any other."""
    marked = one.followed.marked
    source, path = marked.finding.source, marked.finding.path
    if one.again is not None or one.followed.where is not Where.STANDS:
        return None
    is_looked_at = path in read and is_rule(source)
    is_silent = heard.is_silent(source, path) if kind_of(source) in OF_ANY_TEXT else is_looked_at
    return _fixed(marked, NO_LONGER_REPORTED) if is_silent else None


def _changed(one: Known, heard: Heard) -> MarkedFinding | None:
    """What a model, or a tool without a report now, said of code that was written anew since.

    None for any other: our own rules have looked again, and so has a tool whose report is at hand.
    """
    if one.successor is None:
        return None
    source, path = one.successor.finding.source, one.successor.finding.path
    if kind_of(source) in REPORTS:
        return None if heard.is_whole(source, path) else _open(_by_itself(one), _NO_REPORT)
    return None if is_rule(source) else _open(_by_itself(one), _NO_MODEL)


def _open(marked: MarkedFinding, reason: str = "") -> MarkedFinding:
    return replace(marked, disposition=Disposition(Fate.OPEN, reason))


def _fixed(marked: MarkedFinding, reason: str) -> MarkedFinding:
    return replace(marked, disposition=Disposition(Fate.FIXED, reason))


def _with(marked: MarkedFinding, vote: Vote, delta: Delta) -> MarkedFinding:
    """The finding after its question. Until it is fixed, its verdicts are those from when it was told."""
    if vote.verdict is None or vote.verdict.ruling is not Ruling.REFUTED:
        return _open(marked, vote.why)
    own, names = marked.finding.path, names_of(marked.finding)
    at_home = delta.is_fresh(own) and all(
        path == own or names.isdisjoint(words) for path, words in delta.words.items()
    )
    reason = vote.verdict.reason if at_home else f"{MENDED_ELSEWHERE}{vote.verdict.reason}"
    return _fixed(replace(marked, verdicts=(*marked.verdicts, vote.verdict)), reason)
