"""Counts what is asked of a model, and notes which questions got no answer.

What is *not* here: keeping answers (workers.evals.recording).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.domain.review import Usage
from workers.ports import Answer, AnswerT, CodeLookup, Model, Prompt, Unanswered


@dataclass(slots=True)
class Tally:
    """What was asked so far.

    Attributes:
        prompts: names of the questions, with their versions.
        unanswered: one line a question without an answer.
    """

    usage: Usage = field(default_factory=Usage)
    prompts: set[str] = field(default_factory=set)
    unanswered: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CountedModel:
    """A model whose questions go into a tally."""

    inner: Model
    tally: Tally

    @property
    def name(self) -> str:
        """See `workers.ports.Model`."""
        return self.inner.name

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`."""
        self.tally.prompts.add(prompt.name)
        try:
            answer = await self.inner.ask(prompt, shape, lookup)
        except asyncio.CancelledError:  # the review ran out of time while it waited
            self.tally.unanswered.append(f"{prompt.name}: no answer in time")
            raise
        self.tally.usage += answer.usage
        if isinstance(answer, Unanswered):
            self.tally.unanswered.append(f"{prompt.name}: {answer.error}")
        return answer
