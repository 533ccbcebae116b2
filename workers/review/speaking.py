"""Findings, reasons and explanations in the language that a policy asks for: one more sentence a question.

What is *not* here: the sentence (prompts/answer-language-1.txt), and sentences of our own (bot.rendering).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from string import Template

from bot.domain.languages import ENGLISH, ENGLISH_NAMES
from workers.ports import Answer, AnswerT, CodeLookup, Model, Prompt, Unanswered
from workers.review.change import Engine
from workers.templates import words

TEMPLATE = "answer-language-1"


@dataclass(frozen=True, slots=True)
class SpeakingModel:
    """Asks `inner` to answer in a language.

    Attributes:
        sentence: what is added to each question.
    """

    inner: Model
    sentence: str

    @property
    def name(self) -> str:
        """Of the model inside."""
        return self.inner.name

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`. The sentence comes last, behind all that several questions share."""
        if prompt.question:
            prompt = replace(prompt, question=f"{prompt.question}\n{self.sentence}")
        else:
            prompt = replace(prompt, user=f"{prompt.user}\n{self.sentence}")
        return await self.inner.ask(prompt, shape, lookup)


def in_language(engine: Engine, code: str) -> Engine:
    """The engine whose models answer in a language; as it is for English and for a code that nobody knows."""
    language = ENGLISH_NAMES.get(code.lower(), "")
    if not language or code.lower() == ENGLISH:
        return engine
    sentence = Template(words(TEMPLATE)).substitute(language=language)
    return replace(
        engine,
        finder=SpeakingModel(engine.finder, sentence) if engine.finder else None,
        cross_checker=SpeakingModel(engine.cross_checker, sentence) if engine.cross_checker else None,
    )
