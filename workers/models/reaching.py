"""One tiny question to a model: whether it can be asked at all, with this key, under this name.

What is *not* here: printing the answer (workers.cli.doctor).
"""

from __future__ import annotations

import asyncio
from typing import Final

from pydantic import BaseModel

from bot.errors import AnswerCut, AnswerForeign, ModelAnswerInvalid, ModelError, ModelUnavailable
from bot.settings import Settings
from workers.models.registry import build_model
from workers.ports import Prompt, Unanswered
from workers.templates import words

TEMPLATE: Final = "reachable-1"
CALL_SECONDS: Final = 30.0
"""One call; a server of one's own may have to load the model first."""
SECONDS: Final = 60.0
"""The question with all its tries."""


class _Ready(BaseModel):
    ready: bool


def why_unusable(name: str, settings: Settings) -> ModelError | None:
    """Ask a model; None where it gave a usable answer, else the error, whose message is for the operator.

    It costs about a hundred tokens, which no budget counts.

    Raises:
        SettingsError: the model cannot be built.
    """
    timeout = min(settings.model_timeout, CALL_SECONDS)
    model = build_model(name, settings.model_copy(update={"model_timeout": timeout}))
    if model is None:
        return None

    async def ask() -> ModelError | None:
        try:
            async with asyncio.timeout(SECONDS):
                answer = await model.ask(Prompt(words(TEMPLATE), "Are you ready?", TEMPLATE), _Ready)
        except TimeoutError:
            return ModelUnavailable(f"{name}: no answer within {SECONDS:.0f} seconds")
        return answer.error if isinstance(answer, Unanswered) else None

    error = asyncio.run(ask())
    if isinstance(error, ModelAnswerInvalid) and not isinstance(error, (AnswerCut, AnswerForeign)):
        return ModelAnswerInvalid(f"{error}: it answers, but in no form that can be read")
    return error
