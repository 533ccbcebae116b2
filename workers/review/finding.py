"""The find pass: one question or several a bundle, bundles in parallel, then the evidence gate.

What is *not* here: the words of the question (prompts/), and the second model (workers.review.cross_check).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.policy import Policy
from bot.domain.review import NotRead, Usage, total
from bot.errors import BudgetHeld, BudgetSpent, ModelAnswerInvalid, ModelError, ModelRefused, WindowExceeded
from workers.ports import Model, Prompt, SourceFile, Unanswered
from workers.review.background import Background, look_around
from workers.review.bundles import Bundle, pack
from workers.review.change import OUT_OF_TIME, Change, Engine, Gap, Limits
from workers.review.evidence import gate
from workers.review.lenses import Lens, lenses
from workers.review.looked import Looked, out_of_time
from workers.review.prompting import find_prompts
from workers.review.ranking import fold_surplus, suppress
from workers.review.reading import FindAnswer, FoundReading, read_findings
from workers.review.static_evidence import backed
from workers.review.timing import Deadline

REFUSED = "the model's provider declined; the operator should check its key, quota and name"
"""The words that people also read where a review fails as a whole."""
TOO_LARGE = "the question is larger than the model's window; the operator should set AI_REVIEW_MODEL_WINDOW"
NOT_UNDERSTOOD = Gap("a part of the model's answer could not be understood", passing=True)
TOO_LONG = Gap("the model's answer holds more reports than are read", passing=True)
NO_EVIDENCE = Gap("nothing of what the model reported has evidence in the code", passing=True)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Told:
    """What was learned of one bundle by one question: a reading, or the gap where one should be."""

    bundle: Bundle
    reading: FoundReading | None
    gap: Gap | None
    usage: Usage = field(default_factory=Usage)
    marked: tuple[MarkedFinding, ...] = ()


async def find(
    change: Change, files: Sequence[SourceFile], policy: Policy, engine: Engine, deadline: Deadline
) -> Looked:
    """Ask the finding model about every file; what got no answer in time is named."""
    [packed] = await deadline.gather([asyncio.to_thread(pack, files, engine.limits)])
    if packed is None or engine.finder is None:
        return out_of_time(files)
    background = await look_around(files, engine, deadline)
    ask = _Asking(change, background, engine.finder, engine, deadline)
    told = [one for some in await asyncio.gather(*map(ask.bundle, packed.bundles)) for one in some]
    told = _gated(told, files, policy, engine.limits)
    findings = backed([marked for one in told for marked in one.marked], background.hits)
    not_read = _unique([*packed.not_read, *(gap for one in told for gap in _not_read(one))])
    unread = {gap.path for gap in not_read}
    return Looked(
        findings=findings,
        read=tuple(file.path for file in files if file.path not in unread),
        not_read=not_read,
        usage=total(one.usage for one in told),
        gaps=tuple(dict.fromkeys(one.gap for one in told if one.gap is not None)),
    )


def gap_of(error: ModelError) -> Gap:
    """What a model's failure means to people, and whether a later try may do better."""
    if isinstance(error, BudgetSpent):
        return Gap(str(error), passing=isinstance(error, BudgetHeld))
    if isinstance(error, WindowExceeded):
        return Gap(TOO_LARGE, passing=False)
    if isinstance(error, ModelRefused):
        return Gap(REFUSED, passing=False)
    if isinstance(error, ModelAnswerInvalid):
        return Gap("the model gave no usable answer", passing=True)
    return Gap("the model could not be reached, or did not answer in time", passing=True)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Asks about bundles, all in parallel; the questions about one bundle share what providers can cache."""

    change: Change
    background: Background
    model: Model
    engine: Engine
    deadline: Deadline

    async def bundle(self, bundle: Bundle) -> list[_Told]:
        """Every pass over one bundle. The first one fills the provider's cache, the others follow."""
        background, limits = self.background, self.engine.limits
        related = background.beside(bundle.paths, limits.related_tokens)
        beside = (background.rules, related, background.reported(bundle.paths))
        asked = lenses(self.engine.passes, rules=bool(background.rules))
        prompts = find_prompts(self.change, bundle, beside, asked, self.engine.nonce())
        first, *others = zip(prompts, asked, strict=True)
        answers = await self.deadline.gather([self._ask(bundle, *first)])
        answers += await self.deadline.gather([self._ask(bundle, *other) for other in others])
        return [answer or _Told(bundle, None, OUT_OF_TIME) for answer in answers]

    async def _ask(self, bundle: Bundle, prompt: Prompt, lens: Lens) -> _Told:
        answer = await self.model.ask(prompt, FindAnswer)
        if isinstance(answer, Unanswered):
            _log.warning("A part of a change could not be reviewed: %s", answer.error)
            return _Told(bundle, None, gap_of(answer.error), answer.usage)
        most = self.engine.limits.reports_per_answer
        reading = read_findings(answer.value, self.model.name, most, lens)
        gap = TOO_LONG if reading.surplus else NOT_UNDERSTOOD if reading.unreadable else None
        return _Told(bundle, reading, gap, answer.usage)


def _gated(told: Sequence[_Told], files: Sequence[SourceFile], policy: Policy, limits: Limits) -> list[_Told]:
    """With findings marked; through the gate all together, so that each file is made ready once."""
    findings = [one.reading.findings if one.reading else () for one in told]
    marked = iter(gate(chain.from_iterable(findings), files, limits.enclosing_lines))
    return [
        _kept(one, tuple(islice(marked, len(own))), policy, limits)
        for one, own in zip(told, findings, strict=True)
    ]


def _kept(told: _Told, marked: tuple[MarkedFinding, ...], policy: Policy, limits: Limits) -> _Told:
    """One answer with its findings. Nothing but inventions is no look at the code."""
    invented = bool(marked) and all(one.disposition.fate is Fate.UNSUPPORTED for one in marked)
    kept = fold_surplus(suppress(marked, policy, limits.confidence_least), limits.findings_per_answer)
    return replace(told, marked=kept, gap=told.gap or (NO_EVIDENCE if invented else None))


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
