"""The fix pass: for the worst findings that stand, a text to commit in place of their lines, or words.

It comes after everything else and adds to findings only: no answer, or a late one, leaves a finding as it is,
and never makes a review partial. What is *not* here: whether a text may be committed
(workers.review.replacing), and the words of the question (prompts/).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from bot.domain.diff import Side
from bot.domain.finding import Fate, MarkedFinding, Ruling
from bot.domain.review import Usage, total
from bot.telemetry.redaction import Redactor
from workers.ports import Model, SourceFile, Unanswered
from workers.review.bundles import LINE_LIMIT
from workers.review.change import Change, Engine
from workers.review.duplicates import order
from workers.review.mending_prompts import code_around, fix_prompt
from workers.review.reading import Text
from workers.review.replacing import committable
from workers.review.spots import Spot
from workers.review.timing import Deadline

MOST_FIXES = 5
"""Findings of one review for which a fix is asked."""
SECONDS = 180.0
"""Longest time that a review, ready but for its fixes, waits for them."""
LONGEST_SPOT = 40
"""Lines of a finding above which no fix is asked for."""

_log = logging.getLogger(__name__)


class FixAnswer(BaseModel):
    """How to mend one defect. The reason comes first: a text that follows it is thought out."""

    why: Text
    fixes: bool
    replacement: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """Findings in the order in which they came, some with a fix."""

    findings: tuple[MarkedFinding, ...]
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class _Task:
    """One finding to be mended.

    Attributes:
        index: its place among all findings.
    """

    index: int
    marked: MarkedFinding
    file: SourceFile
    spot: Spot


async def propose_fixes(
    findings: Sequence[MarkedFinding],
    change: Change,
    files: Sequence[SourceFile],
    model: Model,
    engine: Engine,
    deadline: Deadline,
) -> Fixed:
    """Ask how to mend the worst posted findings that are confirmed, or that their finder is sure of.

    Args:
        findings: ranked; posted ones of the finding model count, on lines that a suggestion can replace.
        files: the changed files with their texts.
        model: who is asked.
    """
    tasks = _tasks(findings, {file.path: file for file in files}, engine)
    soon = Deadline(min(deadline.at, Deadline.after(SECONDS).at))
    mended = await soon.gather([_mend(task, change, model, engine) for task in tasks])
    fixed = list(findings)
    for task, answer in zip(tasks, mended, strict=True):
        if answer is None:
            _log.info("A finding gets no fix: time ran out")
        else:
            fixed[task.index] = answer.findings[0]
    return Fixed(tuple(fixed), total(answer.usage for answer in mended if answer))


def _tasks(findings: Sequence[MarkedFinding], files: Mapping[str, SourceFile], engine: Engine) -> list[_Task]:
    """The worst findings that a fix is asked for."""
    wanted = [index for index, marked in enumerate(findings) if _stands(marked, engine)]
    tasks: list[_Task] = []
    for index in sorted(wanted, key=lambda index: order(findings[index])):
        marked = findings[index]
        file = files.get(marked.finding.path)
        spot = Spot.of(file, marked.finding.lines) if file and len(tasks) < MOST_FIXES else None
        if file and spot and len(spot.rows) <= LONGEST_SPOT and max(map(len, spot.rows)) <= LINE_LIMIT:
            tasks.append(_Task(index, marked, file, spot))
    return tasks


def _stands(marked: MarkedFinding, engine: Engine) -> bool:
    """Whether a finding is the finding model's, posted on lines of the head, and sure enough to be mended."""
    finding, anchor = marked.finding, marked.anchor
    if marked.disposition.fate is not Fate.POSTED or anchor is None or anchor.side is not Side.RIGHT:
        return False
    if engine.finder is None or finding.source != engine.finder.name or finding.suggestion is not None:
        return False
    rulings = [verdict.ruling for verdict in marked.verdicts]
    if rulings and rulings[-1] is Ruling.CONFIRMED:
        return True
    doubted = any(ruling is not Ruling.CONFIRMED for ruling in rulings)
    return not doubted and finding.confidence >= engine.limits.verify_below


async def _mend(task: _Task, change: Change, model: Model, engine: Engine) -> Fixed:
    """One question, and what its answer makes of the finding."""
    most = engine.limits.enclosing_lines
    code = await asyncio.to_thread(code_around, task.marked.finding, task.file, most)
    answer = await model.ask(fix_prompt(task.marked, task.spot, code, change, engine.nonce()), FixAnswer)
    if isinstance(answer, Unanswered):
        _log.debug("A finding gets no fix: %s", answer.error)
        return Fixed((task.marked,), answer.usage)
    return Fixed((await _mended(task, answer.value),), answer.usage)


async def _mended(task: _Task, answer: FixAnswer) -> MarkedFinding:
    """The finding with a text to commit; with words where there is none."""
    marked, spot = task.marked, task.spot
    judged = await committable(spot, answer.replacement) if answer.fixes else None
    if judged is None or judged.text is None:
        _log.info("A fix is told in words: %s", judged.reason if judged else "it needs more than these lines")
        words = Redactor().clean(answer.why)
        return replace(marked, finding=replace(marked.finding, fix_words=words))
    # A suggestion replaces what its comment stands on: the comment is put on all lines of the finding.
    anchor = task.file.diff.anchor(Side.RIGHT, spot.first, spot.last)
    return replace(marked, finding=replace(marked.finding, suggestion=judged.text), anchor=anchor)
