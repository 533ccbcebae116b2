from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.review.untrusted import hidden_in, is_hidden, one_line, plain, visible


@pytest.mark.parametrize(
    "character",
    [
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\U000e0041",
        "\ufe0f",
        "\u3164",
        "\x00",
        "\x1b",
        "\r",
        "\u2028",
        "\udce9",
    ],
)
def test_hidden_characters_are_written_out(character: str) -> None:
    assert visible(f"a{character}b") == f"a⟨U+{ord(character):04X}⟩b"
    assert plain(f"a{character}b") == plain(visible(f"a{character}b")) == "ab"


@pytest.mark.parametrize("text", ["tab\there\n", "grüße", "日本語", "x → y", "🙂", "⟨x⟩"])
def test_what_people_can_see_stays(text: str) -> None:
    assert visible(text) == plain(text) == text


def test_characters_that_mislead_are_named() -> None:
    assert hidden_in("if a\u202e\u2066 ==\u200b b") == {"U+202E", "U+2066", "U+200B"}
    assert hidden_in("👩\u200d🚀 ❤\ufe0f\r") == frozenset()


def test_one_line_is_one_line_and_short() -> None:
    assert one_line("a\nb\tc\r") == "a⟨U+000A⟩b c⟨U+000D⟩"
    assert len(one_line("x" * 999)) == 301


@given(st.text(max_size=40))
@settings(max_examples=80, deadline=None)
def test_nothing_hidden_is_left_and_all_of_it_can_be_sent(text: str) -> None:
    shown = visible(text)
    assert not any(is_hidden(character) for character in shown)
    shown.encode("utf-8")
