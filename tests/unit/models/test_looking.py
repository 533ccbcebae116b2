"""A model looks at code before it answers, on every API: what it is offered, and that it comes to an end."""

from __future__ import annotations

import json

import pytest

from tests.support.model_provider import (
    GOOD,
    LOOK,
    PROMPT,
    Lookup,
    Provider,
    Shape,
    calls,
    chat,
    message,
    responses,
    trouble,
)
from tests.support.scripted import scripted
from workers.models.anthropic_api import anthropic
from workers.models.looking import LOOKS
from workers.models.openai_api import openai_responses
from workers.models.scripted import Rule
from workers.ports import Answer, Prompt, Unanswered


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "sk-secret")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


async def test_looks_are_carried_out_and_all_rounds_are_paid_for() -> None:
    read = ("read_code", {"path": "a.py", "start": 2, "end": 9})
    provider, lookup = Provider([calls(LOOK, read), calls(LOOK), chat(GOOD)]), Lookup()
    answer = await provider.model().ask(PROMPT, Shape, lookup)
    assert isinstance(answer, Answer)
    assert answer.value == Shape(words=["fine"])
    assert sorted(map(str, lookup.looks)) == ["('a.py', 2, 9)", "area", "area"]
    assert (answer.usage.calls, answer.usage.prompt_tokens, answer.usage.completion_tokens) == (3, 300, 30)
    last = json.dumps(provider.body(2)["messages"])
    assert "shapes.py:3: area" in last
    assert "a.py from 2 to 9" in last


async def test_without_a_lookup_no_tool_is_offered() -> None:
    provider = Provider([chat(GOOD)])
    await provider.model().ask(PROMPT, Shape)
    assert "tools" not in provider.body()


async def test_a_tool_says_what_it_is_for() -> None:
    provider = Provider([chat(GOOD)])
    await provider.model().ask(PROMPT, Shape, Lookup())
    tools = {tool["function"]["name"]: tool["function"] for tool in provider.body()["tools"]}
    assert set(tools) == {"read_code", "search_code"}
    assert "Read lines of a file" in tools["read_code"]["description"]
    assert "counted from 1" in tools["read_code"]["parameters"]["properties"]["start"]["description"]


async def test_a_model_that_goes_on_looking_is_asked_for_its_answer() -> None:
    provider = Provider([*[calls(LOOK)] * LOOKS, chat(GOOD)])
    answer = await provider.model().ask(PROMPT, Shape, Lookup())
    assert isinstance(answer, Answer)
    assert answer.value.words == ["fine"]
    choices = [provider.body(index)["tool_choice"] for index in range(LOOKS + 1)]
    assert choices == [*["auto"] * LOOKS, "none"]


async def test_a_model_that_looks_for_ever_is_left_alone() -> None:
    provider, lookup = Provider([calls(LOOK)]), Lookup()
    answer = await provider.model().ask(PROMPT, Shape, lookup)
    assert isinstance(answer, Unanswered)
    assert len(provider.requests) <= LOOKS + 2
    assert answer.usage.calls == len(provider.requests)


async def test_a_look_that_makes_no_sense_is_answered_and_not_fatal() -> None:
    wrong = ("read_code", {"path": "a.py", "start": "top"})
    provider = Provider([calls(wrong), calls(wrong), calls(("run_code", {})), chat(GOOD)])
    answer = await provider.model().ask(PROMPT, Shape, Lookup())
    assert isinstance(answer, Answer)


async def test_a_conversation_that_was_cut_off_by_a_fault_is_tried_again() -> None:
    provider = Provider([calls(LOOK), trouble(503), calls(LOOK), chat(GOOD)])
    answer = await provider.model().ask(PROMPT, Shape, Lookup())
    assert isinstance(answer, Answer)
    assert (answer.usage.calls, answer.usage.prompt_tokens) == (3, 300)


async def test_the_responses_api_looks_too() -> None:
    call = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "search_code",
        "arguments": '{"text": "area"}',
        "status": "completed",
    }
    text = {"type": "output_text", "text": GOOD, "annotations": []}
    said = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [text],
    }
    provider, lookup = Provider([responses(call), responses(said)]), Lookup()
    answer = await provider.model(openai_responses, "gpt-5").ask(PROMPT, Shape, lookup)
    assert isinstance(answer, Answer)
    assert (lookup.looks, answer.usage.calls) == (["area"], 2)


async def test_anthropic_looks_too_and_has_the_growing_conversation_cached() -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "search_code", "input": {"text": "area"}}
    provider = Provider([message(call), message({"type": "text", "text": GOOD})])
    lookup = Lookup()
    answer = await provider.model(anthropic, "claude-sonnet-5").ask(PROMPT, Shape, lookup)
    assert isinstance(answer, Answer)
    assert (lookup.looks, answer.usage.calls) == (["area"], 2)
    assert "shapes.py:3: area" in json.dumps(provider.body(1)["messages"])
    assert "cache_control" in json.dumps(
        {k: v for k, v in provider.body(1).items() if k not in ("system", "tools")}
    )


async def test_a_scripted_model_looks_by_rule() -> None:
    rule = Rule.model_validate(
        {"answer": {"words": []}, "looks": [{"read": ["a.py", 1, 2]}, {"search": "x"}]}
    )
    model, lookup = scripted(rule), Lookup()
    assert isinstance(await model.ask(PROMPT, Shape, lookup), Answer)
    assert lookup.looks == [("a.py", 1, 2), "x"]
    assert model.looked == ["a.py from 1 to 2", "shapes.py:3: x"]
    await model.ask(PROMPT, Shape)
    assert len(model.looked) == 2


async def test_material_that_several_questions_share_is_marked_as_such_and_a_lone_question_is_not() -> None:
    provider = Provider([message({"type": "text", "text": GOOD})])
    shared = Prompt("system", "material", "find-2/checks-1", "Which checks are missing?")
    model = provider.model(anthropic, "claude-sonnet-5")
    await model.ask(shared, Shape)
    await model.ask(Prompt("system", "material and question", "find-2/plain-1"), Shape)
    first, second = (provider.body(index)["messages"][0]["content"] for index in (0, 1))
    assert [block["text"].strip() for block in first] == ["material", "Which checks are missing?"]
    assert [("cache_control" in block) for block in first] == [True, False]
    assert "cache_control" not in str(second)
