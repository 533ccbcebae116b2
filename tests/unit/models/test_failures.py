"""What an operator reads of a question that got no answer."""

from __future__ import annotations

import httpx2
import pytest

from bot.errors import (
    AnswerCut,
    AnswerWithheld,
    KeyRefused,
    ModelAnswerInvalid,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    ModelUnknown,
    ProviderFailed,
    QuotaSpent,
    RateReached,
    WindowExceeded,
)
from tests.support.model_provider import PROMPT, Provider, Shape, chat, trouble
from workers.ports import Unanswered

AT = "https://api.openai.com/v1"
EMPTY = '{"words": []}'


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


async def error_of(answer: httpx2.Response | Exception) -> ModelError:
    told = await Provider([answer]).model().ask(PROMPT, Shape)
    assert isinstance(told, Unanswered)
    return told.error


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            trouble(401, "invalid_api_key"),
            KeyRefused,
            f"{AT} does not accept the key (status 401, invalid_api_key)",
        ),
        (trouble(403, "no access"), KeyRefused, f"{AT} does not accept the key (status 403)"),
        (
            trouble(404, "model_not_found"),
            ModelUnknown,
            f"{AT} knows no such model (status 404, model_not_found)",
        ),
        (
            trouble(429, "insufficient_quota"),
            QuotaSpent,
            "no quota or credit left (status 429, insufficient_quota)",
        ),
        (
            trouble(429, "rate_limit_exceeded"),
            RateReached,
            f"{AT}: ModelRateLimitError, status 429, rate_limit_exceeded",
        ),
        (trouble(500), ProviderFailed, f"{AT}: ModelServerError, status 500"),
        (trouble(503), ProviderFailed, f"{AT}: ModelUnavailableError, status 503"),
        (trouble(529), ProviderFailed, f"{AT}: "),
        (trouble(409), ModelUnavailable, f"{AT}: "),
        (trouble(400, "content_filter"), AnswerWithheld, f"{AT}: a filter declined the question (status 400"),
        (trouble(400, "odd"), ModelRefused, f"{AT}: ModelRequestRejectedError, status 400, odd"),
        (trouble(400, "context_length_exceeded"), WindowExceeded, f"{AT}: "),
        (chat(EMPTY, finish="content_filter"), AnswerWithheld, f"{AT}: a filter held the answer back"),
        (chat(EMPTY, finish="length"), AnswerCut, f"{AT}: the answer was cut off (length)"),
        (chat("no answer"), ModelAnswerInvalid, f"{AT}: UnexpectedModelBehavior"),
        (
            httpx2.ConnectError("sk-secret"),
            ModelUnavailable,
            f"{AT} could not be reached: the connection failed",
        ),
        (
            httpx2.ReadTimeout("sk-secret"),
            ModelUnavailable,
            f"{AT} could not be reached: there was no answer in time",
        ),
    ],
)
async def test_the_cause_is_named_and_nothing_foreign(
    answer: httpx2.Response | Exception, kind: type[ModelError], words: str
) -> None:
    error = await error_of(answer)
    assert type(error) is kind
    assert words in str(error)
    assert str(error).startswith("openai-chat:gpt-4o: ")
    assert "sk-secret" not in str(error)


async def test_a_code_that_is_no_word_is_left_out() -> None:
    assert "(status 401)" in str(await error_of(trouble(401, "sk-secret leaks here")))


async def test_a_question_that_a_filter_declines_is_asked_once() -> None:
    provider = Provider([trouble(400, "content_filter")])
    await provider.model().ask(PROMPT, Shape)
    assert len(provider.requests) == 1
