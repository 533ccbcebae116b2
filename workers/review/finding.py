"""The find pass: one question or several a bundle, bundles in parallel, then the evidence gate.

What is *not* here: the words of the question (prompts/), and the second model (workers.review.cross_check).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.policy import Policy
from bot.domain.review import NotRead, Usage, total
from bot.errors import BudgetHeld, BudgetSpent, ModelAnswerInvalid, ModelError, ModelRefused, WindowExceeded
from workers.context.guidelines import NamedFiles
from workers.ports import Image, Model, Prompt, SourceFile, Unanswered
from workers.review.background import Background, look_around
from workers.review.bundles import Bundle, pack
from workers.review.change import OUT_OF_TIME, Change, Engine, Gap, Limits, tokens
from workers.review.evidence import gate
from workers.review.following import Followed, retold
from workers.review.intent import issues_text, within
from workers.review.lenses import Lens, lenses
from workers.review.looked import Looked, out_of_time
from workers.review.pictures import changed_images, images_text, wanted_images
from workers.review.prompting import find_prompts
from workers.review.ranking import fold_surplus, suppress
from workers.review.reading import FindAnswer, FoundReading, read_findings
from workers.review.repository_rules import Asked, RepositoryRules
from workers.review.static_evidence import backed
from workers.review.timing import Deadline
from workers.review.untrusted import one_line
from workers.review.wishes import wishes_of

REFUSED = "the model's provider declined; the operator should check its key, quota and name"
"""The words that people also read where a review fails as a whole."""
TOO_LARGE = "the question is larger than the model's window; the operator should set AI_REVIEW_MODEL_WINDOW"
NOT_UNDERSTOOD = Gap("a part of the model's answer could not be understood", passing=True)
TOO_LONG = Gap("the model's answer holds more reports than are read", passing=True)
NO_EVIDENCE = Gap("nothing of what the model reported has evidence in the code", passing=True)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Told:
    """What was learned of one bundle by one question: a reading, or the gap where one should be.

    Attributes:
        refused: whether the model declined, where it was shown pictures: they may be the reason.
        seen: the pictures that it answered about.
    """

    bundle: Bundle
    reading: FoundReading | None
    gap: Gap | None
    usage: Usage = field(default_factory=Usage)
    marked: tuple[MarkedFinding, ...] = ()
    refused: bool = False
    seen: tuple[Image, ...] = ()


async def find(
    change: Change,
    files: Sequence[SourceFile],
    policy: Policy,
    engine: Engine,
    deadline: Deadline,
    told: Sequence[Followed] = (),
    at_hand: Sequence[SourceFile] = (),
) -> Looked:
    """Ask the finding model about every file; what got no answer in time is named.

    Args:
        told: findings of earlier reviews; of those whose code has changed the model is told again.
        at_hand: further files of the change, which are not shown; what is found in them has evidence too.
    """
    change, rules = within(change, engine.limits.policy_tokens), RepositoryRules.of(policy)
    limits = _with_room(change, files, rules, engine.limits)
    [packed] = await deadline.gather([asyncio.to_thread(pack, files, limits)])
    if packed is None or engine.finder is None:
        return out_of_time(files)
    background = await look_around(files, engine, deadline, _named(change, policy))
    ask = _Asking(change, background, engine.finder, engine, deadline, policy, rules, told)
    wanted = wanted_images(change, policy, engine) if packed.bundles else ()
    images = wanted[: engine.limits.images]
    asked = [ask.bundle(bundle, () if number else images) for number, bundle in enumerate(packed.bundles)]
    answers = [one for some in await asyncio.gather(*asked) for one in some]
    seen = changed_images([image for one in answers for image in one.seen], change)
    pictures = tuple(path for path in seen if path not in {file.path for file in files})
    answers = _gated(answers, (*files, *at_hand), policy, engine.limits, pictures)
    findings = backed([marked for one in answers for marked in one.marked], background.hits)
    not_read = _unique([*packed.not_read, *(gap for one in answers for gap in _not_read(one))])
    unread = {gap.path for gap in not_read}
    return Looked(
        findings=findings,
        read=(*(file.path for file in files if file.path not in unread), *dict.fromkeys(pictures)),
        not_read=not_read,
        usage=total(one.usage for one in answers),
        gaps=tuple(dict.fromkeys(one.gap for one in answers if one.gap is not None)),
        notices=(*_left_out(packed.bundles, rules, engine.limits), *_unseen(wanted, answers)),
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
class _Question:
    """One question about a bundle, and what the policy asks there."""

    bundle: Bundle
    prompt: Prompt
    lens: Lens
    asked: Asked


@dataclass(frozen=True, slots=True)
class _Asking:
    """Asks about bundles, all in parallel; the questions about one bundle share what providers can cache."""

    change: Change
    background: Background
    model: Model
    engine: Engine
    deadline: Deadline
    policy: Policy
    rules: RepositoryRules
    told: Sequence[Followed]

    async def bundle(self, bundle: Bundle, images: tuple[Image, ...]) -> list[_Told]:
        """Every pass over one bundle. The first one fills the provider's cache, the others follow.

        A model that declines is asked again without pictures: a damaged one must not end a review.
        """
        first, *others = self._questions(bundle, images)
        answers = await self.deadline.gather([self._ask(first)])
        if answers[0] is not None and answers[0].refused:
            return [replace(answers[0], gap=None), *await self.bundle(bundle, ())]
        answers += await self.deadline.gather([self._ask(other) for other in others])
        return [answer or _Told(bundle, None, OUT_OF_TIME) for answer in answers]

    def _questions(self, bundle: Bundle, images: tuple[Image, ...]) -> list[_Question]:
        background, limits, nonce = self.background, self.engine.limits, self.engine.nonce()
        asked = self.rules.asked(bundle.paths, limits.policy_tokens)
        beside = (
            *asked.texts(nonce),
            background.rules,
            background.beside(bundle.paths, limits.related_tokens),
            background.reported(bundle.paths),
            retold(self.told, bundle.paths),
            images_text(images, self.change),
        )
        has_rules = bool(background.rules or asked.rules)
        passes = lenses(self.policy.passes or self.engine.passes, rules=has_rules)
        wishes = wishes_of(self.policy, self.change, asked, nonce, images)
        prompts = find_prompts(self.change, bundle, beside, passes, nonce, wishes)
        return [_Question(bundle, prompt, lens, asked) for prompt, lens in zip(prompts, passes, strict=True)]

    async def _ask(self, question: _Question) -> _Told:
        bundle, images = question.bundle, question.prompt.images
        answer = await self.model.ask(question.prompt, FindAnswer)
        if isinstance(answer, Unanswered):
            _log.warning("A part of a change could not be reviewed: %s", answer.error)
            refused = bool(images) and isinstance(answer.error, ModelRefused)
            return _Told(bundle, None, gap_of(answer.error), answer.usage, refused=refused)
        most = self.engine.limits.reports_per_answer
        reading = read_findings(answer.value, self.model.name, most, question.lens)
        reading = replace(reading, findings=tuple(map(question.asked.named, reading.findings)))
        gap = TOO_LONG if reading.surplus else NOT_UNDERSTOOD if reading.unreadable else None
        return _Told(bundle, reading, gap, answer.usage, seen=images)


def _with_room(change: Change, files: Sequence[SourceFile], rules: RepositoryRules, limits: Limits) -> Limits:
    """What policy and issues add to each question takes its place from the code, up to half of it."""
    asked = rules.asked([file.path for file in files], limits.policy_tokens)
    added = tokens(issues_text(change.issues)) + tokens("\n".join(asked.texts("")))
    room = limits.bundle_tokens
    return replace(limits, bundle_tokens=max(room - added, room // 2)) if added else limits


def _named(change: Change, policy: Policy) -> NamedFiles:
    """Files with rules that the policy names, under the names that changed files have on the base branch."""
    return NamedFiles(policy.guidelines, tuple(file.old_path or file.path for file in change.diff.files))


def _left_out(bundles: Iterable[Bundle], rules: RepositoryRules, limits: Limits) -> tuple[str, ...]:
    """Tells people which of their rules and instructions no model was told."""
    asked = (rules.asked(bundle.paths, limits.policy_tokens) for bundle in bundles)
    names = dict.fromkeys(one_line(name, 80) for one in asked for name in one.left_out)
    if not names:
        return ()
    return (f"The policy says more than fits into a question; the model was not told: {', '.join(names)}.",)


def _unseen(wanted: Sequence[Image], told: Sequence[_Told]) -> tuple[str, ...]:
    """Tells people how many pictures the model did not look at."""
    left = len(set(wanted) - {image for one in told for image in one.seen})
    pictures, them = ("1 picture was", "it") if left == 1 else (f"{left} pictures were", "them")
    reason = f"the model had no room for {them}, or did not take {them}"
    return (f"{pictures} not looked at: {reason}.",) if left else ()


def _gated(
    told: Sequence[_Told],
    files: Sequence[SourceFile],
    policy: Policy,
    limits: Limits,
    pictures: Collection[str],
) -> list[_Told]:
    """With findings marked; through the gate all together, so that each file is made ready once."""
    findings = [one.reading.findings if one.reading else () for one in told]
    marked = iter(gate(chain.from_iterable(findings), files, limits.enclosing_lines, pictures))
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
