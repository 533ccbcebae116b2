"""Whether findings of earlier reviews still hold, and what becomes of each.

A finding ends as *fixed* in two ways: its code is gone and nothing like it is reported in its place, or its
code stands and a model says, of the code as it is now, that the report is no longer true (a guard was added
above, a caller has changed). Everything else stays *open*: what nobody has touched, what could not be looked
at, what a model is not sure of. Silence is no proof: that the find pass does not say a thing again means
nothing.

Questions are narrow and few. None is asked where the push can have nothing to do with the finding, nor where
the find pass has just reported it again and is sure of it; at most `MOST_QUESTIONS` are asked in one review,
about the worst. What is still to be asked is remembered in the finding's reason; the next review asks it.

Without a model the analysers decide: what a rule no longer reports is fixed.

What is *not* here: finding the code again (workers.review.following), and questions about new findings
(workers.review.cross_check).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.domain.finding import Disposition, Fate, MarkedFinding, Ruling, Verdict
from bot.domain.review import Usage, total
from workers.ports import Model, Unanswered
from workers.review.bundles import show
from workers.review.calibration import is_rule
from workers.review.change import OUT_OF_TIME, tokens
from workers.review.cross_check import Checking
from workers.review.delta import Delta
from workers.review.duplicates import order
from workers.review.finding import gap_of
from workers.review.following import NOT_ASKED_AGAIN, Where, may_be_settled, names_of
from workers.review.matching import Known
from workers.review.prompting import about_change, checking_prompt
from workers.review.questions import Question, Questions
from workers.review.ranking import SHOWN
from workers.review.reading import CheckAnswer, read_verdict
from workers.review.untrusted import one_line

RECHECK: Final = "recheck-1"
MOST_QUESTIONS: Final = 20
"""Open findings that one review asks about."""
PUSHED_TOKENS: Final = 1_500
"""Code that was pushed since, shown with one question at most."""
CODE_GONE: Final = "its code is gone"
PICTURE_CHANGED: Final = "its picture is gone or has changed, and it is not reported again"
NO_LONGER_REPORTED: Final = "the analysers no longer report it"
_TOO_MANY: Final = f"{NOT_ASKED_AGAIN}: more than {MOST_QUESTIONS} findings were to be checked"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rechecked:
    """Findings of earlier reviews with their present fates, in order.

    Attributes:
        unanswered: how many could not be asked about although they should have been.
    """

    findings: tuple[MarkedFinding, ...] = ()
    usage: Usage = field(default_factory=Usage)
    unanswered: int = 0


def settle_without_model(known: Sequence[Known], read: frozenset[str], unread: frozenset[str]) -> Rechecked:
    """Where analysers alone review: what a rule reports again is open, what it no longer does is fixed.

    Args:
        known: the earlier findings, each with what was reported of it.
        read: paths that the analysers looked at; elsewhere their silence says nothing.
        unread: paths that could not be looked at.
    """
    return Rechecked(tuple(_silent(one, read) or _unasked(one, unread) for one in known))


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
    due = [index for index, one in enumerate(known) if _is_due(one, delta, check, questions)]
    due.sort(key=lambda index: order(known[index].followed.marked))
    asked = due[:MOST_QUESTIONS]
    jobs = [_ask(_present(known[index]), delta, questions, model) for index in asked]
    answers = await questions.deadline.gather(jobs)
    decided = [_unasked(one, unread) for one in known]
    for index in due[MOST_QUESTIONS:]:
        decided[index] = _open(_present(known[index]), _TOO_MANY)
    votes = [answer or _silence(OUT_OF_TIME.reason) for answer in answers]
    for index, vote in zip(asked, votes, strict=True):
        decided[index] = _with(_present(known[index]), vote)
    unanswered = sum(vote.verdict is None for vote in votes) + len(due[MOST_QUESTIONS:])
    return Rechecked(tuple(decided), total(vote.usage for vote in votes), unanswered)


@dataclass(frozen=True, slots=True)
class _Vote:
    """A verdict, or why there is none."""

    verdict: Verdict | None
    why: str = ""
    usage: Usage = field(default_factory=Usage)


def _silence(why: str, usage: Usage | None = None) -> _Vote:
    return _Vote(None, f"{NOT_ASKED_AGAIN}: {why}", usage or Usage())


def _is_due(one: Known, delta: Delta, check: Checking | None, questions: Questions) -> bool:
    """Whether somebody has to be asked about a finding."""
    followed, again = one.followed, one.again
    if followed.marked.finding.lines is None:  # a picture cannot be looked up in code
        return False
    if again is None:
        return followed.where is Where.STANDS and may_be_settled(followed, delta)
    if followed.where is not Where.GONE and not may_be_settled(followed, delta):
        return False
    if again.disposition.fate not in SHOWN:  # reported by a source that hardly believes in it
        return True
    unsure = again.finding.confidence < questions.engine.limits.verify_below
    return check is not None and (check.strict or unsure)


def _present(one: Known) -> MarkedFinding:
    """An earlier finding at its place of now: it keeps its words, its thread and when it was first told."""
    marked, again = one.followed.marked, one.again
    if again is None or (one.followed.where is Where.STANDS and not is_rule(again.finding.source)):
        return marked
    new, changed = again.finding, one.followed.where is Where.GONE
    return replace(
        marked,
        finding=replace(marked.finding, path=new.path, lines=new.lines, quote=new.quote),
        fingerprint=again.fingerprint if changed else marked.fingerprint,
        anchor=again.anchor,
    )


def _unasked(one: Known, unread: frozenset[str]) -> MarkedFinding:
    """What becomes of a finding that nobody was asked about."""
    is_gone = one.followed.where is Where.GONE and one.again is None
    if is_gone and one.followed.file not in unread:
        marked = one.followed.marked
        return _fixed(marked, CODE_GONE if marked.finding.lines else PICTURE_CHANGED)
    said = one.followed.marked.disposition.reason
    still_due = one.again is None and said.startswith(NOT_ASKED_AGAIN)
    return _open(_present(one), said if still_due else "")


def _silent(one: Known, read: frozenset[str]) -> MarkedFinding | None:
    """A rule's finding that stands where the rule says nothing any more; None for any other."""
    marked = one.followed.marked
    stands = one.again is None and one.followed.where is Where.STANDS
    if stands and is_rule(marked.finding.source) and marked.finding.path in read:
        return _fixed(marked, NO_LONGER_REPORTED)
    return None


def _open(marked: MarkedFinding, reason: str = "") -> MarkedFinding:
    return replace(marked, disposition=Disposition(Fate.OPEN, reason))


def _fixed(marked: MarkedFinding, reason: str) -> MarkedFinding:
    return replace(marked, disposition=Disposition(Fate.FIXED, reason))


def _with(marked: MarkedFinding, vote: _Vote) -> MarkedFinding:
    """The finding after its question. Until it is fixed, its verdicts are those from when it was told."""
    if vote.verdict is not None and vote.verdict.ruling is Ruling.REFUTED:
        return _fixed(replace(marked, verdicts=(*marked.verdicts, vote.verdict)), vote.verdict.reason)
    return _open(marked, vote.why)


async def _ask(marked: MarkedFinding, delta: Delta, questions: Questions, model: Model) -> _Vote:
    question = await question_about(marked, delta, questions)
    if question is None:
        return _silence(OUT_OF_TIME.reason)
    answer = await model.ask(question.prompt, CheckAnswer, question.lookup)
    if isinstance(answer, Unanswered):
        _log.warning("An open finding could not be checked again: %s", answer.error)
        return _silence(gap_of(answer.error).reason, answer.usage)
    return _Vote(read_verdict(answer.value, model.name), usage=answer.usage)


async def question_about(marked: MarkedFinding, delta: Delta, questions: Questions) -> Question | None:
    """Whether a finding still holds; None where its file is not at hand or time ran out."""
    shown = await questions.shown(marked)
    if shown is None:
        return None
    prompt = checking_prompt(
        RECHECK,
        marked.finding,
        about_change(questions.change),
        (shown.code, _pushed(marked, delta), shown.beside),
        questions.engine.nonce(),
        questions.rule_of(marked),
    )
    return Question(prompt, shown.lookup)


def _pushed(marked: MarkedFinding, delta: Delta) -> str:
    """Fresh hunks that may have to do with a finding, those of its file first; empty where all is fresh."""
    if not delta.read:
        return ""
    names = names_of(marked.finding)
    own = [marked.finding.path] if delta.is_fresh(marked.finding.path) else []
    others = (path for path, words in sorted(delta.words.items()) if not names.isdisjoint(words))
    pieces = "\n".join(_fitting(_hunks(dict.fromkeys((*own, *others)), delta)))
    return f"Pushed since the report was made:\n{pieces}" if pieces else ""


def _hunks(paths: Iterable[str], delta: Delta) -> Iterator[str]:
    for path in paths:
        for hunk in delta.fresh[path]:
            yield f"File: {one_line(path)}\n{show(hunk.lines)}"


def _fitting(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces within the bound; what does not fit is left out, the checker can look."""
    left = PUSHED_TOKENS
    for piece in pieces:
        if (cost := tokens(piece)) <= left:
            left -= cost
            yield piece
