"""What an operator reads of a question that got no answer."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

from bot.errors import (
    AnswerCut,
    AnswerForeign,
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
from tests.support.model_provider import (
    LOOK,
    PROMPT,
    Lookup,
    Provider,
    Shape,
    calls,
    chat,
    responses,
    trouble,
)
from workers.models.anthropic_api import anthropic
from workers.models.hosted import HostedModel
from workers.models.openai_api import openai_chat, openai_responses
from workers.models.output_modes import OutputMode, OutputModes
from workers.ports import Unanswered

AT = "https://api.openai.com/v1"
EMPTY = '{"words": []}'


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{provider}_API_KEY", "sk-secret")
        monkeypatch.delenv(f"{provider}_BASE_URL", raising=False)


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
            f"{AT}: it limits how much may be asked at once (status 429, rate_limit_exceeded)",
        ),
        (trouble(500), ProviderFailed, f"{AT}: it is overloaded or has a fault (status 500, x)"),
        (trouble(503), ProviderFailed, f"{AT}: it is overloaded or has a fault (status 503, x)"),
        (trouble(529), ProviderFailed, f"{AT}: it is overloaded or has a fault (status 529, x)"),
        (trouble(409), ModelUnavailable, f"{AT}: it does not answer now (status 409, x)"),
        (trouble(400, "content_filter"), AnswerWithheld, f"{AT}: a filter declined the question (status 400"),
        (trouble(400, "odd"), ModelRefused, f"{AT}: it declined the question (status 400, odd)"),
        (
            trouble(400, "context_length_exceeded"),
            WindowExceeded,
            f"{AT}: the question is larger than the model's window (status 400, context_length_exceeded)",
        ),
        (chat(EMPTY, finish="content_filter"), AnswerWithheld, f"{AT}: a filter held the answer back"),
        (chat(EMPTY, finish="length"), AnswerCut, f"{AT}: the answer was cut off (length)"),
        (chat("", refusal="sk-secret"), AnswerWithheld, f"{AT}: a filter held the answer back"),
        (chat("no answer"), ModelAnswerInvalid, f"{AT}: the answer is no JSON"),
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


@pytest.mark.parametrize("mode", list(OutputMode))
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the answer is empty"),
        (" ", "the answer is empty"),
        ('{"words": [sk-secret', "the answer is no JSON"),
        ('{"words": "sk-secret"}', "the answer does not fit the schema (list_type)"),
        ('{"sk-secret": []}', "the answer does not fit the schema (missing)"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_named_by_its_fault_and_not_quoted(
    text: str, words: str, mode: OutputMode
) -> None:
    said = chat(text)
    if mode is OutputMode.TOOL and text.strip():
        function = {"name": "final_result", "arguments": text}
        said = chat("", tool_calls=[{"id": "1", "type": "function", "function": function}])
    told = await Provider([said]).model(modes=OutputModes(mode)).ask(PROMPT, Shape)
    assert isinstance(told, Unanswered)
    assert type(told.error) is ModelAnswerInvalid
    assert str(told.error) == f"openai-chat:gpt-4o: {AT}: {words}"


async def test_words_in_place_of_a_tool_call_are_named() -> None:
    told = await Provider([chat("sk-secret")]).model(modes=OutputModes(OutputMode.TOOL)).ask(PROMPT, Shape)
    assert isinstance(told, Unanswered)
    assert str(told.error).endswith(f"{AT}: the answer is not in the form that was asked for")


async def test_looking_without_end_is_named() -> None:
    told = await Provider([calls(LOOK)]).model().ask(PROMPT, Shape, Lookup())
    assert isinstance(told, Unanswered)
    assert str(told.error).endswith(f"{AT}: it went on looking into the code and gave no answer")


async def test_a_form_that_a_model_is_known_not_to_take_is_named() -> None:
    model = Provider([chat(EMPTY)]).model(
        anthropic, "claude-3-5-haiku-latest", modes=OutputModes(OutputMode.SCHEMA)
    )
    told = await model.ask(PROMPT, Shape)
    assert isinstance(told, Unanswered)
    assert type(told.error) is ModelRefused
    assert str(told.error).endswith(": it takes no question in this form: look at AI_REVIEW_MODEL_OUTPUT")


async def test_a_code_that_is_no_word_is_left_out() -> None:
    assert "(status 401)" in str(await error_of(trouble(401, "sk-secret leaks here")))


async def test_a_question_that_a_filter_declines_is_asked_once() -> None:
    provider = Provider([trouble(400, "content_filter")])
    await provider.model().ask(PROMPT, Shape)
    assert len(provider.requests) == 1


PAGE = b"<html>sk-secret: 502 Bad Gateway</html>"
FOREIGN = {
    "page": httpx2.Response(200, headers={"content-type": "text/html"}, content=PAGE),
    "page called JSON": httpx2.Response(200, headers={"content-type": "application/json"}, content=PAGE),
    "nothing": httpx2.Response(200),
    "null": httpx2.Response(200, headers={"content-type": "application/json"}, content=b"null"),
    "other JSON": httpx2.Response(200, json={"status": "sk-secret"}),
}


@pytest.mark.parametrize("answer", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        (openai_chat, "openai-chat:m", "OpenAI's Chat Completions API does"),
        (openai_responses, "openai:m", "OpenAI's Responses API does"),
        (anthropic, "anthropic:m", "Anthropic's Messages API does"),
    ],
)
async def test_what_answers_unlike_the_api_was_reached_and_is_said_to_be_foreign(
    make: Callable[..., HostedModel], name: str, words: str, answer: httpx2.Response
) -> None:
    provider = Provider([answer])
    told = await provider.model(make, "m").ask(PROMPT, Shape)
    assert isinstance(told, Unanswered)
    assert type(told.error) is AnswerForeign
    said = str(told.error)
    assert said.startswith(f"{name}: https://api.")
    assert f": it answered, but not as {words}" in said
    assert f"check {name.partition(':')[0].partition('-')[0].upper()}_BASE_URL" in said
    assert "secret" not in said
    assert len(provider.requests) == 1


async def test_an_api_of_another_kind_is_foreign() -> None:
    told = await Provider([chat(EMPTY)]).model(openai_responses, "m").ask(PROMPT, Shape)
    assert isinstance(told, Unanswered)
    assert type(told.error) is AnswerForeign


async def test_a_page_in_place_of_a_repaired_answer_is_foreign() -> None:
    told = await Provider([chat("no answer"), FOREIGN["page"]]).model().ask(PROMPT, Shape)
    assert isinstance(told, Unanswered)
    assert type(told.error) is AnswerForeign


async def test_an_error_in_an_answer_is_the_providers() -> None:
    failed = responses(status="failed", error={"code": "odd", "message": "sk-secret"})
    told = await Provider([failed]).model(openai_responses, "m").ask(PROMPT, Shape)
    assert isinstance(told, Unanswered)
    assert type(told.error) is ProviderFailed
    assert "odd" in str(told.error)
    assert "sk-secret" not in str(told.error)
