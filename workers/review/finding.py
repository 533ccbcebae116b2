"""The find pass: one question a bundle, all in parallel, then the evidence gate.

What is *not* here: the words of the question (prompts/), and the second model (workers.review.cross_check).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.review import NotRead, Usage, total
from bot.errors import ModelAnswerInvalid, ModelError, ModelRefused
from workers.ports import Model, SourceFile
from workers.review.bundles import Bundle, pack
from workers.review.change import OUT_OF_TIME, Change, Engine, Gap
from workers.review.duplicates import mark_duplicates
from workers.review.evidence import gate
from workers.review.looked import Looked
from workers.review.prompting import find_prompt
from workers.review.reading import FindAnswer, FoundReading, read_findings
from workers.review.timing import Deadline

NOT_UNDERSTOOD = Gap("a part of the model's answer could not be understood", passing=True)
NO_EVIDENCE = Gap("nothing of what the model reported has evidence in the code", passing=True)


@dataclass(frozen=True, slots=True)
class _Told:
    """What was learned about one bundle: a reading, or the gap where one should be."""

    bundle: Bundle
    reading: FoundReading | None
    gap: Gap | None
    usage: Usage = field(default_factory=Usage)
    marked: tuple[MarkedFinding, ...] = ()


async def find(
    change: Change, files: Sequence[SourceFile], model: Model, engine: Engine, deadline: Deadline
) -> Looked:
    """Ask the model about every file; what got no answer in time is named."""
    packed = pack(files, engine.limits)
    answers = await deadline.gather([_ask(change, bundle, model, engine) for bundle in packed.bundles])
    told = [
        _gated(answer, files) if answer else _Told(bundle, None, OUT_OF_TIME)
        for answer, bundle in zip(answers, packed.bundles, strict=True)
    ]
    readings = [one.reading for one in told if one.reading is not None]
    not_read = _unique([*packed.not_read, *(gap for one in told for gap in _not_read(one))])
    unread = {gap.path for gap in not_read}
    return Looked(
        findings=mark_duplicates([marked for one in told for marked in one.marked]),
        read=tuple(file.path for file in files if file.path not in unread),
        not_read=not_read,
        usage=total(one.usage for one in told),
        gaps=tuple(dict.fromkeys(one.gap for one in told if one.gap is not None)),
        notices=_notices(readings),
    )


def gap_of(error: ModelError) -> Gap:
    """What a model's failure means to people, and whether a later try may do better."""
    if isinstance(error, ModelRefused):
        return Gap("the model refused to answer", passing=False)
    if isinstance(error, ModelAnswerInvalid):
        return Gap("the model gave no usable answer", passing=True)
    return Gap("the model could not be reached, or did not answer in time", passing=True)


async def _ask(change: Change, bundle: Bundle, model: Model, engine: Engine) -> _Told:
    prompt = find_prompt(change, bundle, engine.nonce())
    try:
        answer = await model.ask(prompt, FindAnswer)
    except ModelError as error:
        return _Told(bundle, None, gap_of(error))
    reading = read_findings(answer.value, model.name, engine.limits.findings_per_answer)
    return _Told(bundle, reading, NOT_UNDERSTOOD if reading.unreadable else None, answer.usage)


def _gated(told: _Told, files: Sequence[SourceFile]) -> _Told:
    """With its findings marked. An answer of nothing but inventions is no look at the code."""
    if told.reading is None:
        return told
    marked = gate(told.reading.findings, files)
    invented = bool(marked) and all(one.disposition.fate is Fate.UNSUPPORTED for one in marked)
    return replace(told, marked=marked, gap=told.gap or (NO_EVIDENCE if invented else None))


def _not_read(told: _Told) -> Iterable[NotRead]:
    """Files of a bundle that cannot count as read. A report that cannot be placed speaks for all of them."""
    if told.gap is None:
        return ()
    paths: Iterable[str] = told.bundle.paths
    if told.reading is not None and told.gap is NOT_UNDERSTOOD and set(told.reading.unreadable) <= set(paths):
        paths = dict.fromkeys(told.reading.unreadable)
    return tuple(NotRead(path, told.gap.reason) for path in paths)


def _unique(entries: Iterable[NotRead]) -> tuple[NotRead, ...]:
    """One entry a file: the first reason counts."""
    by_path: dict[str, NotRead] = {}
    for entry in entries:
        by_path.setdefault(entry.path, entry)
    return tuple(by_path.values())


def _notices(readings: Sequence[FoundReading]) -> tuple[str, ...]:
    """How much was left out of answers that were too long."""
    surplus = sum(reading.surplus for reading in readings)
    if not surplus:
        return ()
    return (f"The model reported {surplus} more findings than one answer may hold; they are not shown.",)
