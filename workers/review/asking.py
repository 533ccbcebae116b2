"""The questions of the find pass about one bundle: how they are asked, and what was learned.

Several questions, each with a lens of its own, may be asked about the same material. Where it is one, the
operator wants votes, and the model is unsure of something that it reports, the same question is asked again.
What is *not* here: the words of the questions (prompts/), which bundles there are (workers.review.bundles),
and what the votes say (workers.review.voting).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.policy import Policy
from bot.domain.review import Usage, total
from bot.errors import BudgetSpent, ModelRefused
from workers.ports import Image, Model, Prompt, Unanswered
from workers.review.background import Background
from workers.review.bundles import Bundle
from workers.review.change import OUT_OF_TIME, Change, Engine, Gap, Limits
from workers.review.following import Followed, retold
from workers.review.gaps import NOT_UNDERSTOOD, TOO_LONG, gap_of
from workers.review.lenses import Lens, lenses
from workers.review.pictures import images_text
from workers.review.prompting import asked_again, find_prompts
from workers.review.reading import FindAnswer, FoundReading, read_findings
from workers.review.repository_rules import Asked, RepositoryRules
from workers.review.timing import Deadline
from workers.review.wishes import wishes_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a bundle, and what the policy asks there.

    Attributes:
        alone: whether no other question is asked about the bundle.
    """

    bundle: Bundle
    prompt: Prompt
    lens: Lens
    asked: Asked
    alone: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What was learned of one bundle by one question: a reading, or the gap where one should be.

    Both where an answer was read in part.

    Attributes:
        question: what was answered; None where nobody was asked in time.
        refused: whether the model declined, where it was shown pictures: they may be the reason.
        seen: the pictures that it answered about.
        votes: what the same question was answered when it was asked again.
    """

    bundle: Bundle
    reading: FoundReading | None
    gap: Gap | None
    usage: Usage = field(default_factory=Usage)
    question: Question | None = None
    refused: bool = False
    seen: tuple[Image, ...] = ()
    votes: tuple[FoundReading, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks about bundles, all in parallel; the questions about one bundle share what providers can cache."""

    change: Change
    background: Background
    model: Model
    engine: Engine
    deadline: Deadline
    policy: Policy
    rules: RepositoryRules
    told: Sequence[Followed]

    async def bundle(self, bundle: Bundle, images: tuple[Image, ...]) -> list[Told]:
        """Every pass over one bundle. The first one fills the provider's cache, the others follow.

        A model that declines is asked again without pictures: a damaged one must not end a review.
        """
        first, *others = self._questions(bundle, images)
        [answer] = await self.deadline.gather([self._ask(first)])
        if answer is not None and answer.refused:
            return [replace(answer, gap=None), *await self.bundle(bundle, ())]
        further = await self.deadline.gather([self._ask(other) for other in others])
        return [one or Told(bundle, None, OUT_OF_TIME) for one in (answer, *further)]

    async def voted(self, told: Told) -> Told:
        """With votes, where an answer that stands alone is unsure of something.

        To be asked for when every bundle has had its question: being read comes before being sure. An answer
        that does not come is no vote, and no gap.
        """
        question, votes = told.question, self.engine.votes
        if question is None or not question.alone or not _is_unsure(told, self.engine.limits):
            return told
        prompts = [asked_again(question.prompt, number, votes) for number in range(2, votes + 1)]
        answers = await self.deadline.gather(
            [self._ask(replace(question, prompt=prompt)) for prompt in prompts]
        )
        heard = [answer for answer in answers if answer is not None]
        readings = tuple(answer.reading for answer in heard if answer.reading is not None)
        return replace(told, votes=readings, usage=total((told.usage, *(answer.usage for answer in heard))))

    def _questions(self, bundle: Bundle, images: tuple[Image, ...]) -> list[Question]:
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
        prompts = find_prompts(
            self.change, bundle, beside, passes, nonce, wishes, shared=self.engine.votes > 1
        )
        alone = len(prompts) == 1
        return [
            Question(bundle, prompt, lens, asked, alone) for prompt, lens in zip(prompts, passes, strict=True)
        ]

    async def _ask(self, question: Question) -> Told:
        bundle, images = question.bundle, question.prompt.images
        answer = await self.model.ask(question.prompt, FindAnswer)
        if isinstance(answer, Unanswered):
            # What is not paid for is asked about in smaller parts, and named by the review in the end.
            level = logging.INFO if isinstance(answer.error, BudgetSpent) else logging.WARNING
            _log.log(level, "A part of a change could not be reviewed: %s", answer.error)
            refused = bool(images) and isinstance(answer.error, ModelRefused)
            part = self._read(answer.part, question) if isinstance(answer.part, FindAnswer) else None
            return Told(bundle, part, gap_of(answer.error), answer.usage, question, refused=refused)
        reading = self._read(answer.value, question)
        gap = TOO_LONG if reading.surplus else NOT_UNDERSTOOD if reading.unreadable else None
        return Told(bundle, reading, gap, answer.usage, question, seen=images)

    def _read(self, answer: FindAnswer, question: Question) -> FoundReading:
        """As far as one answer is read at all, with the policy's rules by their names."""
        most = self.engine.limits.reports_per_answer
        reading = read_findings(answer, self.model.name, most, question.lens)
        return replace(reading, findings=tuple(map(question.asked.named, reading.findings)))


def _is_unsure(told: Told, limits: Limits) -> bool:
    """Whether something is reported that votes may decide about."""
    findings = told.reading.findings if told.reading else ()
    return any(limits.vote_from <= finding.confidence < limits.vote_below for finding in findings)
