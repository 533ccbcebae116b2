"""The second opinion: one narrow question a finding, all in parallel.

A refuted finding is not posted. An unsure checker, or one that could not be asked, leaves it standing; it is
then shown as unverified. What is *not* here: raising confidence by agreement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.finding import Disposition, Fate, MarkedFinding, Ruling, Verdict
from bot.domain.review import Usage, total
from bot.errors import ModelError
from workers.context.enclosing import Excerpt, excerpts
from workers.ports import Model, SourceFile
from workers.review.bundles import show
from workers.review.change import OUT_OF_TIME, Engine
from workers.review.evidence import STANDING
from workers.review.finding import gap_of
from workers.review.prompting import cross_check_prompt
from workers.review.reading import CheckAnswer, read_verdict
from workers.review.timing import Deadline

NOT_ASKED = "could not be asked"
CODE_LINES = 400
"""Lines of code that one question shows at most."""


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
    """Ask about every finding that still stands; keep the order."""
    by_path = {file.path: file for file in files}
    asked = [index for index, marked in enumerate(findings) if marked.disposition.fate in STANDING]
    answers = await deadline.gather([_ask(findings[index], by_path, model, engine) for index in asked])
    votes = {
        index: vote or _silence(model, OUT_OF_TIME.reason) for index, vote in zip(asked, answers, strict=True)
    }
    return Checked(
        tuple(_with(marked, votes.get(index)) for index, marked in enumerate(findings)),
        total(vote.usage for vote in votes.values()),
        sum(not vote.answered for vote in votes.values()),
    )


async def _ask(
    marked: MarkedFinding, by_path: Mapping[str, SourceFile], model: Model, engine: Engine
) -> _Vote:
    code = _code(marked, by_path[marked.finding.path], engine.limits.enclosing_lines)
    try:
        answer = await model.ask(cross_check_prompt(marked.finding, code, engine.nonce()), CheckAnswer)
    except ModelError as error:
        return _silence(model, gap_of(error).reason)
    return _Vote(read_verdict(answer.value, model.name), answer.usage)


def _silence(model: Model, why: str) -> _Vote:
    return _Vote(Verdict(Ruling.UNSURE, model.name, f"{NOT_ASKED}: {why}"), answered=False)


def _with(marked: MarkedFinding, vote: _Vote | None) -> MarkedFinding:
    """The finding with its verdict, and the fate that follows."""
    if vote is None:
        return marked
    verdict = vote.verdict
    disposition = marked.disposition
    if verdict.ruling is Ruling.REFUTED:
        disposition = Disposition(Fate.REFUTED, verdict.reason)
    elif verdict.ruling is Ruling.CONFIRMED and not verdict.introduced:
        disposition = Disposition(Fate.PRE_EXISTING, verdict.reason)
    return replace(marked, verdicts=(*marked.verdicts, verdict), disposition=disposition)


def _code(marked: MarkedFinding, file: SourceFile, block_lines: int) -> str:
    """The excerpt that holds the finding, cut around it; for lines outside the diff, the file's excerpts."""
    pieces = excerpts(file.diff, file.text, block_lines)
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
