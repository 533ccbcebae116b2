from __future__ import annotations

import json
import time

import pytest

from workers.models.json_text import json_in

ANSWER = '{"words": ["a {b} c", "```"]}'


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        f"  {ANSWER}\n",
        f"```json\n{ANSWER}\n```",
        f"```\n{ANSWER}",
        f"Here is my answer:\n\n{ANSWER}\n\nI hope it helps!",
        f"<think>Is it {{this}}? Maybe {{}}.</think>{ANSWER}",
        f'no opening tag, and a draft: {ANSWER[:-1]}, "more": [1, 2, 3]}}</think>\n```json\n{ANSWER}\n```',
        f'<reasoning>\n{{"words": []}}\n</reasoning>\nAnswer: {ANSWER}',
        f'{{"a": 1}} and then {ANSWER}',
        f"{{not json}} {ANSWER}",
        f"<|channel|>final<|message|>{ANSWER}<|end|>",
    ],
)
def test_the_object_is_found_in_what_stands_around(text: str) -> None:
    found = json_in(text)
    assert found is not None
    assert json.loads(found) == json.loads(ANSWER)


def test_a_line_break_inside_of_a_string_is_mended() -> None:
    found = json_in('Answer: {"words": ["two\nlines"]}')
    assert found is not None
    assert json.loads(found) == {"words": ["two\nlines"]}


def test_an_answer_that_mentions_a_thought_tag_stays_whole() -> None:
    text = json.dumps({"words": ["the tag </think> is not escaped"]})
    assert json_in(text) == text


@pytest.mark.parametrize(
    "text", ["", "No problems found.", "[1, 2]", '{"words": ["cut off', "{" * 100, "{}}{"[2:]]
)
def test_where_there_is_none_there_is_none(text: str) -> None:
    assert json_in(text) is None


@pytest.mark.parametrize("piece", ["{", '{"a":', "[", "</think>", '{"a":{"b":['])
def test_a_text_without_end_costs_no_time(piece: str) -> None:
    started = time.monotonic()
    assert json_in(piece * (2_000_000 // len(piece))) is None
    assert time.monotonic() - started < 5
