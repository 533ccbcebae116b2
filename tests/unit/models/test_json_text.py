from __future__ import annotations

import json
import time

import pytest

from workers.models.json_text import json_in

KEYS = frozenset({"words"})
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
        f'<think>a draft: {ANSWER[:-1]}, "more": [1, 2, 3]}}</think>\n```json\n{ANSWER}\n```',
        f"no opening tag, no draft {{}}</think>\n```json\n{ANSWER}\n```",
        f'<reasoning>\n{{"words": []}}\n</reasoning>\nAnswer: {ANSWER}',
        f'{{"a": 1}} and then {ANSWER}',
        f"{{not json}} {ANSWER}",
        f"<|channel|>final<|message|>{ANSWER}<|end|>",
    ],
)
def test_the_object_is_found_in_what_stands_around(text: str) -> None:
    found = json_in(text, KEYS)
    assert found is not None
    assert json.loads(found) == json.loads(ANSWER)


@pytest.mark.parametrize(
    "quoted",
    [
        json.dumps({"words": [], "comment": "p" * 300}),
        '{"words": []}',
        "</think>" + '{"words": []}',
        "<think></think>" + '{"words": []}',
        '{"words": ["cut off',
        "{ " * 300 + '{"words": []}',
    ],
)
@pytest.mark.parametrize(
    "said", ["{0} is a fixture.\n```json\n{1}\n```", "```json\n{1}\n```\nThe file has {0}"]
)
def test_a_quoted_object_never_takes_the_place_of_the_answer(said: str, quoted: str) -> None:
    assert json_in(said.format(quoted, ANSWER), KEYS) in (None, json.dumps(json.loads(ANSWER)))


def test_of_two_different_answers_none_is_taken() -> None:
    other = '{"words": [], "comment": "longer than the other one"}'
    for text in (f"a {other} b {ANSWER}", f"a {ANSWER} b {other}", f"no tag {other}</think>{ANSWER}"):
        assert json_in(text, KEYS) is None
    assert json_in(f"a {ANSWER} and again {ANSWER}", KEYS) is not None


def test_a_quoted_object_is_no_answer_where_the_answer_cannot_be_read() -> None:
    assert json_in('The file has {"words": []}. ```{"words": ["a "quote" inside"]}```', KEYS) is None
    assert json_in('The file has {"words": []}. ' + "{ " * 300 + ANSWER, KEYS) is None


def test_a_lone_surrogate_is_replaced_and_costs_nothing_else() -> None:
    expected = {"words": ["good", "half \ufffd", "whole \U0001f600"]}
    for half in ("\\ud800", "\ud800"):
        answer = f'{{"words": ["good", "half {half}", "whole \\ud83d\\ude00"]}}'
        for text in (answer, f"So: {answer}"):
            found = json_in(text, KEYS)
            assert found is not None
            found.encode()
            assert json.loads(found) == expected


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
