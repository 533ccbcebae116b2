"""Which answers in a thread are worth another look at the code."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.parsing.answers import MAX_ARGUMENT, argument_of


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   \n",
        "Thanks!",
        "thank you very much, good catch",
        "Oh, that's right. Will fix it now.",
        "You\u2019re right",
        "LGTM",
        "+1",
        "👍 🎉🎉",
        ":tada: :+1:",
        "@harbour/ferry-crew",
        "...",
        "> It cannot be null, since `load` refuses that.\n\nThanks",
        "<!-- It cannot be null. -->\nok",
        "ok <!-- it cannot be null",
    ],
)
def test_thanks_agreement_and_emoji_are_no_argument(body: str) -> None:
    assert argument_of(body) == ""


@pytest.mark.parametrize(
    "body",
    [
        "This cannot be null, because `load` refuses it.",
        "No, it is checked above.",
        "Das wird oben geprüft.",
        "看上面的检查",
        "thanks, but the caller sorts",
        "```\nassert items\n```",
    ],
)
def test_a_reason_is_one_in_any_language(body: str) -> None:
    assert argument_of(body) == body


def test_what_is_quoted_or_hidden_is_no_part_of_the_argument() -> None:
    body = "> **High**\r\n> The guard is gone.\r\n\r\n`board` checks it.\r\n<!-- hidden -->"
    assert argument_of(body) == "`board` checks it."


def test_a_long_answer_is_cut() -> None:
    assert argument_of("because " * 5_000) == ("because " * 5_000)[:MAX_ARGUMENT].strip()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert argument_of(text) == argument_of(text).strip()


@pytest.mark.parametrize("filler", ["<!--", "> ", ":", "@", "a:", "\n", "'", "-"])
def test_a_hostile_answer_of_full_length_takes_no_time(filler: str) -> None:
    started = time.process_time()
    argument_of((filler * 65_536)[:65_536])
    assert time.process_time() - started < 0.5
