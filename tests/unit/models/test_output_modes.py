"""Servers that lack schemas, tools, or manners: how they are asked, and how their answers are read."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.support.golden import check_golden
from tests.support.model_provider import GOOD, LOOK, PROMPT, Lookup, Provider, Shape, calls, chat, trouble
from workers.models.output_modes import OutputMode, OutputModes, instructions
from workers.ports import Answer, Unanswered

FINAL = calls(("final_result", {"words": ["fine"]}))
JSON = {"modes": OutputModes(OutputMode.JSON)}
TOOL = {"modes": OutputModes(OutputMode.TOOL)}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def form(body: dict[str, Any]) -> str:
    """The way in which a request asks for its answer."""
    if "response_format" in body:
        return str(body["response_format"]["type"])
    return "tool" if "tools" in body else "text"


async def answered(provider: Provider, **more: Any) -> Answer[Shape]:
    answer = await provider.model(**more).ask(PROMPT, Shape)
    assert isinstance(answer, Answer)
    assert answer.value.words == ["fine"]
    return answer


@pytest.mark.parametrize("status", [400, 404, 422, 501])
async def test_what_a_server_refuses_is_asked_for_in_the_next_form(status: int) -> None:
    provider = Provider([trouble(status), trouble(status), chat(GOOD)])
    await answered(provider)
    assert [form(provider.body(index)) for index in range(3)] == ["json_schema", "tool", "text"]
    assert provider.pauses == []


async def test_a_form_that_was_refused_is_not_tried_again() -> None:
    provider = Provider([trouble(400), FINAL])
    model = provider.model()
    for _ in range(3):
        assert isinstance(await model.ask(PROMPT, Shape), Answer)
    assert [form(provider.body(index)) for index in range(4)] == ["json_schema", "tool", "tool", "tool"]


async def test_a_server_that_refuses_everything_has_taught_nothing() -> None:
    provider = Provider([*[trouble(404)] * 3, chat(GOOD)])
    model = provider.model()
    assert isinstance(await model.ask(PROMPT, Shape), Unanswered)
    assert isinstance(await model.ask(PROMPT, Shape), Answer)
    assert form(provider.body(3)) == "json_schema"


@pytest.mark.parametrize("chosen", list(OutputMode))
async def test_the_operators_choice_is_the_only_form(chosen: OutputMode) -> None:
    provider = Provider([trouble(400)])
    answer = await provider.model(modes=OutputModes(chosen)).ask(PROMPT, Shape)
    assert isinstance(answer, Unanswered)
    [request] = [form(provider.body(index)) for index in range(len(provider.requests))]
    assert request == {"schema": "json_schema", "tool": "tool", "json": "text"}[chosen]


async def test_plain_json_is_asked_for_with_one_system_message_and_nothing_special() -> None:
    provider = Provider([chat(GOOD)])
    await answered(provider, **JSON)
    body = provider.body()
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][0]["content"].startswith("You test.\n")
    assert '"words":{"items":{"type":"string"}' in body["messages"][0]["content"]
    assert not {"response_format", "tools", "tool_choice"} & set(body)


async def test_plain_json_offers_no_looks() -> None:
    provider = Provider([chat(GOOD)])
    assert isinstance(await provider.model(**JSON).ask(PROMPT, Shape, Lookup()), Answer)
    assert "tools" not in provider.body()


AROUND = [
    chat(f"```json\n{GOOD}\n```"),
    chat(f"Sure! Here it is:\n{GOOD}\nAnything else?"),
    chat(f"<think>Hmm, {{}}.</think>\n\n{GOOD}"),
    chat(f"Hmm.</think>{GOOD}"),
]


@pytest.mark.parametrize("said", AROUND)
@pytest.mark.parametrize("more", [{}, TOOL, JSON], ids=["schema", "tool", "json"])
async def test_an_answer_is_read_whatever_stands_around_it(
    said: httpx2.Response, more: dict[str, Any]
) -> None:
    assert (await answered(Provider([said]), **more)).usage.calls == 1


@pytest.mark.parametrize("nonsense", ["{", '{"other": 1}', "I see no problems.", "[]", ""])
async def test_plain_json_that_does_not_fit_is_repaired_once(nonsense: str) -> None:
    provider = Provider([chat(nonsense), chat(GOOD)])
    assert (await answered(provider, **JSON)).usage.calls == 2
    provider = Provider([chat(nonsense)])
    assert isinstance(await provider.model(**JSON).ask(PROMPT, Shape), Unanswered)
    assert len(provider.requests) == 2


async def test_a_repair_says_what_was_wrong() -> None:
    provider = Provider([chat('{"other": 1}'), chat(GOOD)])
    await answered(provider, **JSON)
    assert "Field required" in str(provider.body(1)["messages"])


async def test_looks_stop_where_a_small_window_fills_up() -> None:
    provider = Provider([calls(LOOK, LOOK, LOOK), chat(GOOD)])
    model = provider.model(window=8192, answer_tokens=1600)
    long = Lookup(padding="x" * 20_000)
    assert isinstance(await model.ask(PROMPT, Shape, long), Answer)
    assert [provider.body(index)["tool_choice"] for index in range(2)] == ["auto", "none"]
    given = provider.body(1)["messages"][-1]["content"]
    assert len(given) == 8192 // 8 * 3
    assert provider.body(0)["max_completion_tokens"] == 1600


def test_the_words_that_tell_a_schema_stand_behind_the_instructions() -> None:
    check_golden("prompts/json-answer-1.txt", f"{instructions(OutputMode.JSON, 'Be brief.', Shape)}\n")
    assert instructions(OutputMode.TOOL, "Be brief.", Shape) == "Be brief."
