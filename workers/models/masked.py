"""Any model, shown no secret: what it is asked and what it looks up is masked before it leaves.

Every model that is built by its name goes through here, so that nobody who asks one has to think of it.
What is *not* here: what counts as a secret (bot.parsing.masking). Pictures go as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot.parsing.masking import holds_mask, masked
from workers.ports import Answer, AnswerT, CodeLookup, Model, Prompt, Unanswered
from workers.templates import words

TEMPLATE: Final = "also-masked-1"


@dataclass(frozen=True, slots=True)
class MaskedModel:
    """Asks `inner` without secrets, and says that there are masks where there are some."""

    inner: Model

    @property
    def name(self) -> str:
        """Of the model inside."""
        return self.inner.name

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`. Answers come back with masks where they quote some."""
        return await self.inner.ask(_shown(prompt), shape, MaskedLookup(lookup) if lookup else None)


@dataclass(frozen=True, slots=True)
class MaskedLookup:
    """Looks into the code, without its secrets."""

    inner: CodeLookup

    async def read(self, path: str, start: int, end: int) -> str:
        """See `workers.ports.CodeLookup`."""
        return _explained(masked(await self.inner.read(path, start, end)))

    async def search(self, text: str) -> str:
        """See `workers.ports.CodeLookup`."""
        return _explained(masked(await self.inner.search(text)))


def _shown(prompt: Prompt) -> Prompt:
    """The question with masks. The sentence about them comes last, behind what several questions share."""
    system, user, question = masked(prompt.system), masked(prompt.user), masked(prompt.question)
    if not (holds_mask(user) or holds_mask(question)):
        return replace(prompt, system=system, user=user, question=question)
    name = f"{prompt.name}+{TEMPLATE}"
    if question:
        return replace(
            prompt, system=system, user=user, question=_explained(question, always=True), name=name
        )
    return replace(prompt, system=system, user=_explained(user), name=name)


def _explained(text: str, *, always: bool = False) -> str:
    return f"{text}\n{words(TEMPLATE)}" if always or holds_mask(text) else text
