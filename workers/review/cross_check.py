"""The second opinion: one narrow question a cluster of like findings, all in parallel.

A refuted finding is not posted; the next one of its cluster is then asked about. An unsure checker, or one
that could not be asked, leaves a finding standing; it is then shown as unverified.
What is *not* here: raising confidence by agreement.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.finding import Disposition, Fate, MarkedFinding, Ruling, Verdict
from bot.domain.review import Usage, total
from workers.context.enclosing import Excerpt, excerpts
from workers.ports import Model, SourceFile, Unanswered
from workers.review.bundles import show
from workers.review.change import OUT_OF_TIME, Engine
from workers.review.duplicates import repeats
from workers.review.evidence import STANDING
from workers.review.finding import gap_of
from workers.review.prompting import cross_check_prompt
from workers.review.reading import CheckAnswer, read_verdict
from workers.review.timing import Deadline

NOT_ASKED = "could not be asked"
CODE_LINES = 400
"""Lines of code that one question shows at most."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings with their verdicts.

    Attributes:
        unanswered: how many questions got no answer.
    """

    findings: tuple[MarkedFinding, ...]
    usage: Usage = field(default_factory=Usage)
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class _Vote:
    verdict: Verdict
    usage: Usage = field(default_factory=Usage)
    answered: bool = True


async def cross_check(
    findings: Sequence[MarkedFinding],
    files: Sequence[SourceFile],
    model: Model,
    engine: Engine,
    deadline: Deadline,
) -> Checked:
    """Ask about every finding that still stands and repeats no other that does; keep the order."""
    checked = list(findings)
    votes: list[_Vote] = []
    pieces = await _pieces(findings, files, engine, deadline)
    while asked := _open(checked):
        answers = await deadline.gather([_ask(checked[index], pieces, model, engine) for index in asked])
        for index, answer in zip(asked, answers, strict=True):
            vote = answer or _silence(model, OUT_OF_TIME.reason)
            votes.append(vote)
            checked[index] = _with(checked[index], vote.verdict)
    return Checked(
        tuple(checked), total(vote.usage for vote in votes), sum(not vote.answered for vote in votes)
    )


def _open(findings: Sequence[MarkedFinding]) -> list[int]:
    """Indexes of the findings to ask about next: one a cluster, none that has its verdict."""
    repeated = repeats(findings)
    return [
        index
        for index, marked in enumerate(findings)
        if marked.disposition.fate in STANDING and index not in repeated and not marked.verdicts
    ]


async def _pieces(
    findings: Iterable[MarkedFinding], files: Sequence[SourceFile], engine: Engine, deadline: Deadline
) -> Mapping[str, Sequence[Excerpt]]:
    """Excerpts of every file that a question may be about; fewer when time runs out."""
    paths = {marked.finding.path for marked in findings if marked.disposition.fate in STANDING}
    about = [file for file in files if file.path in paths]
    made = await deadline.gather(
        [asyncio.to_thread(excerpts, file.diff, file.text, engine.limits.enclosing_lines) for file in about]
    )
    return {file.path: pieces for file, pieces in zip(about, made, strict=True) if pieces is not None}


async def _ask(
    marked: MarkedFinding, pieces: Mapping[str, Sequence[Excerpt]], model: Model, engine: Engine
) -> _Vote:
    if marked.finding.path not in pieces:
        return _silence(model, OUT_OF_TIME.reason)
    code = _code(marked, pieces[marked.finding.path])
    answer = await model.ask(cross_check_prompt(marked.finding, code, engine.nonce()), CheckAnswer)
    if isinstance(answer, Unanswered):
        _log.warning("A finding could not be cross-checked: %s", answer.error)
        return _silence(model, gap_of(answer.error).reason, answer.usage)
    return _Vote(read_verdict(answer.value, model.name), answer.usage)


def _silence(model: Model, why: str, usage: Usage | None = None) -> _Vote:
    verdict = Verdict(Ruling.UNSURE, model.name, f"{NOT_ASKED}: {why}")
    return _Vote(verdict, usage or Usage(), answered=False)


def _with(marked: MarkedFinding, verdict: Verdict) -> MarkedFinding:
    """The finding with its verdict, and the fate that follows."""
    disposition = marked.disposition
    if verdict.ruling is Ruling.REFUTED:
        disposition = Disposition(Fate.REFUTED, verdict.reason)
    elif verdict.ruling is Ruling.CONFIRMED and not verdict.introduced:
        disposition = Disposition(Fate.PRE_EXISTING, verdict.reason)
    return replace(marked, verdicts=(*marked.verdicts, verdict), disposition=disposition)


def _code(marked: MarkedFinding, pieces: Sequence[Excerpt]) -> str:
    """The excerpt that holds the finding, cut around it; for lines outside the diff, the file's excerpts."""
    holding = [piece for piece in pieces if _numbers(marked, piece)]
    if holding:
        return show(_cut(marked, holding[0]).lines)
    return show([line for piece in pieces for line in piece.lines][:CODE_LINES])


def _numbers(marked: MarkedFinding, piece: Excerpt) -> list[int]:
    """Indexes of the piece's lines that the finding is about."""
    lines = marked.finding.lines
    if lines is None:
        return []
    return [
        index
        for index, line in enumerate(piece.lines)
        if (number := line.number_on(lines.side)) is not None and lines.start <= number <= lines.end
    ]


def _cut(marked: MarkedFinding, piece: Excerpt) -> Excerpt:
    """At most `CODE_LINES` lines, those around the finding."""
    middle = _numbers(marked, piece)[0]
    start = max(0, min(middle - CODE_LINES // 2, len(piece.lines) - CODE_LINES))
    return Excerpt(piece.lines[start : start + CODE_LINES])
