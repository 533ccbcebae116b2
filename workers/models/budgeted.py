"""Any model that makes one request a question, under a budget.

What is *not* here: hosted models. They make several requests a question, each under the budget
(workers.models.guarded).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.errors import BudgetSpent, ModelUnavailable, QueueUnavailable
from workers.models.purse import ANSWER_TOKENS, IMAGE_TOKENS, Meter, Purse, Tokens, most_tokens
from workers.ports import Answer, AnswerT, CodeLookup, Model, Prompt, Unanswered


@dataclass(frozen=True, slots=True)
class BudgetedModel:
    """Asks `inner` where the purse allows it."""

    inner: Model
    meter: Meter
    answer_tokens: int = ANSWER_TOKENS

    @property
    def name(self) -> str:
        """Of the model inside."""
        return self.inner.name

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`."""
        purse = self.meter.purse
        if purse is None:
            return self._priced(await self.inner.ask(prompt, shape, lookup))
        try:
            return await self._ask(purse, prompt, shape, lookup)
        except BudgetSpent as error:
            return Unanswered(error)
        except QueueUnavailable as error:
            return Unanswered(ModelUnavailable(f"{self.name}: {error}"))

    async def _ask(
        self, purse: Purse, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None
    ) -> Answer[AnswerT] | Unanswered:
        asked = most_tokens(prompt.system, prompt.text) + len(prompt.images) * IMAGE_TOKENS
        async with purse.hold(self.meter.price, asked, self.answer_tokens) as held:
            answer = self._priced(await self.inner.ask(prompt, shape, lookup))
            usage = answer.usage
            held.billed = (usage.cost_usd or 0.0, usage.prompt_tokens + usage.completion_tokens)
            return answer

    def _priced(self, answer: Answer[AnswerT] | Unanswered) -> Answer[AnswerT] | Unanswered:
        """With the cost that the meter's price gives, where it has one."""
        price, usage = self.meter.price, answer.usage
        if price is None:
            return answer
        tokens = Tokens(usage.prompt_tokens, usage.cached_tokens, answered=usage.completion_tokens)
        usage = replace(usage, cost_usd=price.of(tokens))
        return replace(answer, usage=usage)
