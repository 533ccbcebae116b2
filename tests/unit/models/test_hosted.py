"""The adapters against a provider that is a function: what goes out, and what trouble becomes."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace

import httpx2
import pytest

from bot.errors import (
    AnswerWithheld,
    KeyRefused,
    ModelAnswerInvalid,
    ModelError,
    ModelUnavailable,
    ModelUnknown,
    ProviderFailed,
    QuotaSpent,
    RateReached,
    WindowExceeded,
)
from tests.support.model_provider import GOOD, PROMPT, OneChunk, Provider, Shape, chat, trouble
from workers.models.anthropic_api import anthropic
from workers.models.hosted import HostedModel
from workers.models.openai_api import openai_chat, openai_responses
from workers.models.output_modes import OutputMode, OutputModes
from workers.ports import Answer, Unanswered


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "sk-secret")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


async def fails(kind: type[ModelError], model: HostedModel) -> Unanswered:
    answer = await model.ask(PROMPT, Shape)
    assert isinstance(answer, Unanswered)
    assert type(answer.error) is kind
    return answer


async def test_a_failure_comes_with_what_it_cost() -> None:
    failed = await fails(ModelAnswerInvalid, Provider([chat("{")]).model())
    assert (failed.usage.calls, failed.usage.prompt_tokens, failed.usage.completion_tokens) == (2, 200, 20)
    assert failed.usage.cost_usd is not None
    assert failed.usage.cost_usd > 0
    failed = await fails(ProviderFailed, Provider([chat("{"), trouble(500)]).model())
    assert failed.usage.prompt_tokens == 100
    failed = await fails(KeyRefused, Provider([trouble(401)]).model())
    assert (failed.usage.prompt_tokens, failed.usage.cost_usd) == (0, 0.0)


async def test_an_answer_comes_with_its_usage_and_price() -> None:
    provider = Provider([chat(GOOD)])
    answer = await provider.model().ask(PROMPT, Shape)
    assert answer.value == Shape(words=["fine"])
    usage = answer.usage
    assert (usage.calls, usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens) == (
        1,
        100,
        64,
        10,
    )
    assert usage.cost_usd is not None
    assert usage.cost_usd > 0


async def test_a_question_is_schema_bound_cool_and_system_first() -> None:
    provider = Provider([chat(GOOD)])
    await provider.model().ask(PROMPT, Shape)
    body = provider.body()
    assert body["temperature"] == 0.2
    assert '"json_schema"' in json.dumps(body["response_format"])
    assert [m["role"] for m in body["messages"]] == ["system", "user"]  # type: ignore[attr-defined]
    assert "max_tokens" not in body


async def test_the_price_of_an_unknown_model_is_unknown() -> None:
    provider = Provider([chat(GOOD, "home-grown")])
    answer = await provider.model(name="home-grown").ask(PROMPT, Shape)
    assert answer.usage.cost_usd is None


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}])
@pytest.mark.parametrize("name", ["gpt-4o", "home-grown"])
async def test_the_cost_of_an_answer_whose_tokens_nobody_counted_is_unknown(
    name: str, usage: dict[str, int] | None
) -> None:
    body = json.loads(chat(GOOD, name).content) | {"usage": usage}
    uncounted = httpx2.Response(200, json=body)
    answer = await Provider([uncounted]).model(name=name).ask(PROMPT, Shape)
    assert (answer.usage.calls, answer.usage.prompt_tokens, answer.usage.cost_usd) == (1, 0, None)
    answer = await Provider([chat("{", name), uncounted]).model(name=name).ask(PROMPT, Shape)
    assert (answer.usage.calls, answer.usage.prompt_tokens, answer.usage.cost_usd) == (2, 100, None)


@pytest.mark.parametrize("nonsense", ["{", '{"other": 1}', "", "[]"])
async def test_an_answer_that_does_not_fit_is_repaired_once(nonsense: str) -> None:
    provider = Provider([chat(nonsense), chat(GOOD)])
    answer = await provider.model().ask(PROMPT, Shape)
    assert (answer.value.words, answer.usage.calls) == (["fine"], 2)


@pytest.mark.parametrize("nonsense", ["{", '{"other": 1}', ""])
async def test_an_answer_that_does_not_fit_twice_is_invalid(nonsense: str) -> None:
    provider = Provider([chat(nonsense)])
    await fails(ModelAnswerInvalid, provider.model())
    assert len(provider.requests) == 2


@pytest.mark.parametrize(
    ("passing", "kind"),
    [
        (trouble(429), RateReached),
        (trouble(500), ProviderFailed),
        (trouble(502), ProviderFailed),
        (trouble(503), ProviderFailed),
        (httpx2.ReadTimeout("late"), ModelUnavailable),
        (httpx2.ConnectError("no"), ModelUnavailable),
    ],
)
async def test_passing_trouble_is_tried_twice_more(
    passing: httpx2.Response | Exception, kind: type[ModelError]
) -> None:
    provider = Provider([passing, passing, chat(GOOD)])
    assert (await provider.model().ask(PROMPT, Shape)).value.words == ["fine"]
    assert provider.pauses == [0.5, 2.0]
    provider = Provider([passing])
    await fails(kind, provider.model())
    assert len(provider.requests) == 3


async def test_a_short_pause_that_the_provider_asks_for_is_kept() -> None:
    provider = Provider([trouble(429, **{"retry-after": "7"}), chat(GOOD)])
    await provider.model().ask(PROMPT, Shape)
    assert provider.pauses == [7.0]


async def test_a_long_pause_is_left_to_a_later_review() -> None:
    provider = Provider([trouble(429, **{"retry-after": "600"})])
    await fails(RateReached, provider.model())
    assert (len(provider.requests), provider.pauses) == (1, [])


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        (KeyRefused, trouble(401)),
        (KeyRefused, trouble(403)),
        (ModelUnknown, trouble(404, "model_not_found")),
        (QuotaSpent, trouble(429, "insufficient_quota")),
        (AnswerWithheld, chat("", refusal="I cannot help with that.")),
    ],
)
async def test_a_refusal_is_final_and_says_nothing_secret(
    kind: type[ModelError], refusal: httpx2.Response
) -> None:
    provider = Provider([refusal])
    failed = await fails(kind, provider.model())
    assert len(provider.requests) == 1
    assert "sk-secret" not in str(failed.error)
    assert "openai-chat:gpt-4o" in str(failed.error)


async def test_an_answer_without_end_is_cut_off() -> None:
    provider = Provider([chat("x" * 10_000_000)])
    failed = await fails(ModelAnswerInvalid, provider.model())
    assert "too large" in str(failed.error)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity, gzip"])
async def test_a_compressed_answer_is_refused_before_it_unfolds(encoding: str) -> None:
    packed = gzip.compress(chat(GOOD).content) if "gzip" in encoding else zlib.compress(chat(GOOD).content)
    asked: list[httpx2.Request] = []

    def compressing(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        headers = {"content-type": "application/json", "content-encoding": encoding}
        return httpx2.Response(200, headers=headers, stream=OneChunk(packed))

    model = replace(Provider([]).model(), transport=lambda: httpx2.MockTransport(compressing))
    failed = await fails(ModelAnswerInvalid, model)
    assert "compressed" in str(failed.error)
    assert [request.headers["accept-encoding"] for request in asked] == ["identity"]


ODD = {
    "deep": b"[" * 100_000,
    "null": b"null",
    "number": b"1",
    "list": b"[1]",
    "other": b'{"id": 1, "choices": 2, "content": 3, "output": 4, "usage": 5}',
    "empty": b"{}",
    "surrogate": chat("oops ?").content.replace(b"oops ?", b"oops \\ud800"),
    "cut off": b'{"id": "x", "choi',
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
@pytest.mark.parametrize(
    ("make", "name"),
    [(openai_chat, "gpt-4o"), (openai_responses, "gpt-5"), (anthropic, "claude-sonnet-4-5")],
)
async def test_a_body_that_is_no_answer_is_a_failure_and_no_error(
    make: Callable[..., HostedModel], name: str, body: bytes
) -> None:
    odd = httpx2.Response(200, headers={"content-type": "application/json"}, content=body)
    answer = await Provider([odd]).model(make, name).ask(PROMPT, Shape)
    assert isinstance(answer, Unanswered)
    assert isinstance(answer.error, (ModelAnswerInvalid, ModelUnavailable))
    if body in (ODD["deep"], ODD["null"], ODD["surrogate"]):
        assert isinstance(answer.error, ModelAnswerInvalid)


@pytest.mark.parametrize("half", [rb"\\ud800", rb"\ud800"], ids=["escaped", "raw"])
async def test_half_a_letter_costs_neither_the_answer_nor_a_repair(half: bytes) -> None:
    words = '{"words": ["good", "HALF"]}'
    called = {"id": "1", "type": "function", "function": {"name": "final_result", "arguments": words}}
    for mode, said in (
        (OutputMode.SCHEMA, chat(words)),
        (OutputMode.JSON, chat(f"Here it is: {words}")),
        (OutputMode.TOOL, chat("", tool_calls=[called])),
    ):
        body = httpx2.Response(
            200, headers={"content-type": "application/json"}, content=said.content.replace(b"HALF", half)
        )
        answer = await Provider([body]).model(modes=OutputModes(mode)).ask(PROMPT, Shape)
        assert isinstance(answer, Answer)
        assert (answer.value.words, answer.usage.calls) == (["good", "\ufffd"], 1)


@pytest.mark.parametrize("mode", list(OutputMode))
async def test_an_answer_next_to_a_quoted_one_is_asked_for_again(mode: OutputMode) -> None:
    quoted = json.dumps({"words": [], "comment": "p" * 300})
    for said in (f"The fixture is {quoted}.\n{GOOD}", f"{GOOD}\nThe fixture is {quoted}."):
        model = Provider([chat(said), chat(GOOD)]).model(modes=OutputModes(mode))
        answer = await model.ask(PROMPT, Shape)
        assert isinstance(answer, Answer)
        assert (answer.value.words, answer.usage.calls) == (["fine"], 2)


async def test_each_provider_is_asked_at_its_own_place() -> None:
    for make, name, url in (
        (openai_chat, "gpt-4o", "https://api.openai.com/v1/chat/completions"),
        (openai_responses, "gpt-5", "https://api.openai.com/v1/responses"),
        (anthropic, "claude-sonnet-5", "https://api.anthropic.com/v1/messages"),
    ):
        provider = Provider([trouble(401)])
        await fails(KeyRefused, provider.model(make, name))
        assert str(provider.requests[0].url).split("?")[0] == url


async def test_a_reasoning_model_gets_no_temperature_and_no_warning() -> None:
    provider = Provider([trouble(401)])
    await fails(KeyRefused, provider.model(openai_responses, "gpt-5"))
    assert "temperature" not in provider.body()


async def test_base_urls_are_the_sdks_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://models.example/v1")
    provider = Provider([chat(GOOD)])
    await provider.model().ask(PROMPT, Shape)
    assert str(provider.requests[0].url) == "http://models.example/v1/chat/completions"


async def test_a_question_is_sent_behind_its_material() -> None:
    provider = Provider([chat(GOOD)])
    await provider.model().ask(replace(PROMPT, question="And why?"), Shape)
    assert provider.body()["messages"][1]["content"] == "Question?\nAnd why?"


@pytest.mark.parametrize(
    "error", [{"code": "context_length_exceeded"}, {"code": 400, "type": "exceed_context_size_error"}]
)
async def test_a_question_that_is_too_large_is_said_to_be_and_not_asked_in_other_forms(
    error: dict[str, object],
) -> None:
    provider = Provider([httpx2.Response(400, json={"error": {"message": "too many"} | error})])
    await fails(WindowExceeded, provider.model())
    assert len(provider.requests) == 1
