"""An answer that was cut off or held back is none on every API, whatever parses; what came whole is kept."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx2
import pytest

from bot.errors import AnswerCut, AnswerWithheld, ModelError
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
from workers.models.anthropic_api import anthropic
from workers.models.endings import Cut, part_of
from workers.models.hosted import HostedModel
from workers.models.openai_api import openai_chat, openai_responses
from workers.models.output_modes import OutputMode, OutputModes
from workers.models.purse import Meter, Purse
from workers.ports import Answer, Unanswered

EMPTY = '{"words": []}'
APIS: dict[str, tuple[Callable[..., HostedModel], str]] = {
    "chat": (openai_chat, "gpt-4o"),
    "responses": (openai_responses, "gpt-5"),
    "anthropic": (anthropic, "claude-sonnet-5"),
}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "sk-secret")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def said(text: str, **more: object) -> httpx2.Response:
    """The Responses API: a text, and how it ended."""
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    return responses(item, **more)


def written(text: str, stop: str) -> httpx2.Response:
    return message({"type": "text", "text": text}, stop=stop)


def final(words: object, stop: str) -> httpx2.Response:
    """Anthropic: the answer as the arguments of its tool, parsed by the provider."""
    given = {"words": words}
    return message({"type": "tool_use", "id": "toolu_1", "name": "final_result", "input": given}, stop=stop)


INCOMPLETE = {"status": "incomplete"}
CUT: dict[str, tuple[str, httpx2.Response]] = {
    "length": ("chat", chat(EMPTY, finish="length")),
    "length of a tool call": ("chat", calls(("final_result", {"words": []}), finish="length")),
    "length of a look": ("chat", calls(LOOK, finish="length")),
    "length before anything": ("chat", chat("", finish="length")),
    "a word of another server": ("chat", chat(EMPTY, finish="insufficient_system_resource")),
    "words": ("chat", chat(EMPTY, finish="sk-secret was said")),
    "max_output_tokens": (
        "responses",
        said(EMPTY, incomplete_details={"reason": "max_output_tokens"}, **INCOMPLETE),
    ),
    "incomplete, nobody says why": ("responses", said(EMPTY, **INCOMPLETE)),
    "in_progress": ("responses", said(EMPTY, status="in_progress")),
    "cancelled": ("responses", said(EMPTY, status="cancelled")),
    "max_tokens": ("anthropic", written(EMPTY, "max_tokens")),
    "max_tokens of a tool call": ("anthropic", final([], "max_tokens")),
    "model_context_window_exceeded": ("anthropic", written(EMPTY, "model_context_window_exceeded")),
    "pause_turn": ("anthropic", written(EMPTY, "pause_turn")),
}
WITHHELD: dict[str, tuple[str, httpx2.Response]] = {
    "content_filter": ("chat", chat(EMPTY, finish="content_filter")),
    "content_filter without a text": ("chat", chat(None, finish="content_filter")),
    "a refusal": ("chat", chat("", refusal="I cannot help with that.")),
    "incomplete by a filter": (
        "responses",
        said(EMPTY, incomplete_details={"reason": "content_filter"}, **INCOMPLETE),
    ),
    "refusal": ("anthropic", written(EMPTY, "refusal")),
    "refusal of a tool call": ("anthropic", final([], "refusal")),
}


async def fails(
    kind: type[ModelError], api: str, said: httpx2.Response, mode: OutputMode | None = None
) -> Unanswered:
    provider = Provider([said])
    answer = await provider.model(*APIS[api], modes=OutputModes(mode)).ask(PROMPT, Shape, Lookup())
    assert isinstance(answer, Unanswered)
    assert type(answer.error) is kind
    assert "sk-secret" not in str(answer.error)
    assert (len(provider.requests), answer.usage.calls, answer.usage.completion_tokens) == (1, 1, 10)
    return answer


@pytest.mark.parametrize(("api", "answer"), CUT.values(), ids=CUT)
async def test_an_answer_that_was_cut_off_is_none(api: str, answer: httpx2.Response) -> None:
    failed = await fails(AnswerCut, api, answer)
    assert failed.part is None


@pytest.mark.parametrize(("api", "answer"), WITHHELD.values(), ids=WITHHELD)
async def test_an_answer_that_was_held_back_is_none(api: str, answer: httpx2.Response) -> None:
    failed = await fails(AnswerWithheld, api, answer)
    assert failed.part is None


async def test_the_providers_word_is_told_where_it_is_one() -> None:
    at = "openai-chat:gpt-4o: https://api.openai.com/v1"
    failed = await fails(AnswerCut, "chat", chat(EMPTY, finish="length"))
    assert str(failed.error) == f"{at}: the answer was cut off (length)"
    failed = await fails(AnswerCut, "chat", chat(EMPTY, finish="sk-secret was said"))
    assert str(failed.error) == f"{at}: the answer was cut off (unknown)"
    failed = await fails(AnswerWithheld, "anthropic", written(EMPTY, "refusal"))
    at = "anthropic:claude-sonnet-5: https://api.anthropic.com"
    assert str(failed.error) == f"{at}: a filter held the answer back (refusal)"


@pytest.mark.parametrize("finish", [None, "stop", "STOP", "eos_token", "end_turn", "tool_calls", "COMPLETE"])
async def test_a_server_that_says_nothing_or_that_it_is_done_has_answered(finish: str | None) -> None:
    for answer in (chat(GOOD, finish=finish), chat(EMPTY, finish=finish)):
        assert isinstance(await Provider([answer]).model().ask(PROMPT, Shape), Answer)


BEGUN = '{"words": ["one", "two {", "thr'


@pytest.mark.parametrize("mode", list(OutputMode))
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BEGUN, ["one", "two {"]),
        (f"```json\n{BEGUN}", ["one", "two {"]),
        (f"<think>{EMPTY}</think>\n{BEGUN}", ["one", "two {"]),
        ('{"words": ["one", "two"], "more": [', ["one", "two"]),
        ('{"words": ["one"]}', ["one"]),
        ('{"words": ["one"]} and so on and', ["one"]),
        ('{"words": ["one", 2, "three', ["one"]),
        ('{"words": [["no word"], "one", "tw', None),
        ('{"words": ["on', None),
        ('{"wor', None),
        (f"<thinking>{BEGUN}", None),
        (f"I quote the fixture: {BEGUN}", None),
        (f'{{"words": ["a draft"]}}\n{BEGUN}', None),
    ],
)
async def test_what_came_whole_before_the_cut_is_kept(
    mode: OutputMode, text: str, words: list[str] | None
) -> None:
    model = Provider([chat(text, finish="length")]).model(modes=OutputModes(mode))
    answer = await model.ask(PROMPT, Shape)
    assert isinstance(answer, Unanswered)
    assert answer.part == (None if words is None else Shape(words=words))


async def test_what_came_whole_of_a_tool_call_before_the_cut_is_kept() -> None:
    given = {"name": "final_result", "arguments": BEGUN}
    call = {"id": "call-1", "type": "function", "function": given}
    cut = chat("", finish="length", tool_calls=[call])
    failed = await fails(AnswerCut, "chat", cut, OutputMode.TOOL)
    assert failed.part == Shape(words=["one", "two {"])
    # Of arguments that come parsed nobody can tell whether the last item is whole.
    failed = await fails(AnswerCut, "anthropic", final(["one", "tw"], "max_tokens"), OutputMode.TOOL)
    assert failed.part == Shape(words=["one"])


async def test_a_repair_that_was_cut_off_is_no_answer_either() -> None:
    provider = Provider([chat('{"other": 1}'), chat(EMPTY, finish="length")])
    answer = await provider.model().ask(PROMPT, Shape)
    assert isinstance(answer, Unanswered)
    assert type(answer.error) is AnswerCut
    assert answer.usage.calls == 2


async def test_after_a_cut_neither_another_form_nor_another_try_is_asked_for() -> None:
    provider = Provider([trouble(400), chat(EMPTY, finish="length"), chat(GOOD)])
    answer = await provider.model().ask(PROMPT, Shape)
    assert isinstance(answer, Unanswered)
    assert len(provider.requests) == 2


async def test_a_budget_keeps_what_came_whole() -> None:
    purse = Purse(tokens=1_000_000)
    model = Provider([chat(BEGUN, finish="length")]).model(meter=Meter(purse=purse))
    answer = await model.ask(PROMPT, Shape)
    assert isinstance(answer, Unanswered)
    assert answer.part == Shape(words=["one", "two {"])
    assert purse.spent.prompt_tokens == 110


def test_the_longest_answer_is_read_in_no_time() -> None:
    text = json.dumps({"words": ["{" * 50] * 20_000})[:-40]
    part = part_of(Cut("length", withheld=False, text=text), Shape)
    assert part is not None
    assert len(part.words) == 19_999
