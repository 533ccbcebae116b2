"""What one evaluation may spend: a purse for all its models, variants and repetitions together.

The first question that cannot be paid for is the last one: what is left is not spent on reviews that will not
be whole. Recorded answers cost nothing, so the same command goes on later where this one ended.
What is *not* here: the purse itself (workers.models.purse), and recording (workers.evals.recording).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.errors import BudgetSpent
from workers.models.purse import Purse
from workers.ports import Answer, AnswerT, CodeLookup, Model, Prompt, Unanswered

SPENT: Final = "the budget of this evaluation is spent"


@dataclass(slots=True)
class Budget:
    """Shared by every model of a run.

    Attributes:
        is_spent: whether a question was refused; none is asked any more then.
    """

    purse: Purse
    is_spent: bool = False


@dataclass(frozen=True, slots=True)
class PaidModel:
    """A model that is asked as long as the budget lasts; `inner` is paid from its purse."""

    inner: Model
    budget: Budget

    @property
    def name(self) -> str:
        """See `workers.ports.Model`."""
        return self.inner.name

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`."""
        if self.budget.is_spent:
            return Unanswered(BudgetSpent(SPENT))
        answer = await self.inner.ask(prompt, shape, lookup)
        if isinstance(answer, Unanswered) and isinstance(answer.error, BudgetSpent):
            self.budget.is_spent = True
            return Unanswered(BudgetSpent(SPENT), answer.usage)
        return answer
