"""What the finding model hardly believes in: a second question decides, and only what it confirms is told.

Apart from that such a report is nothing: it stands for no other finding, takes no place of one, settles none,
and that nobody could be asked about it leaves no review incomplete. A question is asked where nothing else is
said of its lines or of those beside them, once all that is believed in has had its questions.

What is *not* here: the question (workers.review.cross_check), and the rules that new findings are held to
(workers.review.matching, workers.review.holding).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.domain.finding import Fate, Finding, MarkedFinding, Ruling
from bot.domain.policy import Policy
from workers.review.cross_check import Checked
from workers.review.duplicates import distance
from workers.review.evidence import STANDING, mark
from workers.review.matching import Known
from workers.review.ranking import NOT_SURE

MOST_ASKED: Final = 10
"""Questions of one review about what is hardly believed in."""
NEAR: Final = 2
"""Lines between two reports that may well mean the same."""


def doubtful(found: Iterable[MarkedFinding], policy: Policy) -> tuple[MarkedFinding, ...]:
    """What is held back for too little belief alone, as it would stand if it were confirmed."""
    least = policy.profile.confirmed_least
    some = [marked for marked in found if marked.disposition.reason == NOT_SURE]
    asked = (one for one in some if one.finding.confidence >= least and one.finding.lines is not None)
    return tuple(mark(one, Fate.POSTED if one.anchor else Fate.UNANCHORED, "") for one in asked)


def is_standing(marked: MarkedFinding) -> bool:
    """Whether a doubt may still be asked about."""
    return marked.disposition.fate in STANDING


def where_nothing_is_said(
    doubts: Iterable[MarkedFinding], said: Iterable[Finding]
) -> tuple[MarkedFinding, ...]:
    """Those near no other finding, of several near each other the first, and no more than are asked about."""
    taken = list(said)
    alone: list[MarkedFinding] = []
    for doubt in doubts:
        if len(alone) < MOST_ASKED and not any(_is_there(doubt.finding, other) for other in taken):
            alone.append(doubt)
            taken.append(doubt.finding)
    return tuple(alone)


def said_of(findings: Iterable[MarkedFinding]) -> Iterable[Finding]:
    """What this review says, refuted findings too; neither doubts nor what has no evidence."""
    for one in findings:
        if one.disposition.reason != NOT_SURE and one.disposition.fate is not Fate.UNSUPPORTED:
            yield one.finding


def places(known: Iterable[Known]) -> Iterable[Finding]:
    """Where earlier findings stand, and what was written in place of their code."""
    for one in known:
        if one.now is not None:
            yield one.now
        for other in (one.successor, one.perhaps):
            if other is not None:
                yield other.finding


def unmatched(doubts: Sequence[MarkedFinding], known: Iterable[Known]) -> tuple[MarkedFinding, ...]:
    """Those that stand and may not be an earlier finding in other names."""
    earlier = {id(one.perhaps) for one in known if one.perhaps is not None}
    return tuple(one for one in doubts if is_standing(one) and id(one) not in earlier)


def with_confirmed(checked: Checked, asked: Checked) -> Checked:
    """All findings, with what was confirmed in place of what was held back; no failed question counts."""
    usage = checked.usage + asked.usage
    confirmed = {_place(one): one for one in asked.findings if _is_confirmed(one)}
    findings = tuple(
        confirmed.get(_place(one), one) if one.disposition.reason == NOT_SURE else one
        for one in checked.findings
    )
    return replace(checked, findings=findings, usage=usage, answered=checked.answered + asked.answered)


def _is_confirmed(marked: MarkedFinding) -> bool:
    rulings = [verdict.ruling for verdict in marked.verdicts]
    return is_standing(marked) and rulings[-1:] == [Ruling.CONFIRMED]


def _is_there(one: Finding, other: Finding) -> bool:
    if one.path != other.path:
        return False
    gap = distance(one.lines, other.lines)
    return gap is not None and gap <= NEAR


def _place(marked: MarkedFinding) -> tuple[object, ...]:
    return marked.fingerprint, marked.finding
