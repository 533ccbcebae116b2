from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering.clean import block, encodable, one_line, path_text
from tests.support.shown import has_invisible


@pytest.mark.parametrize(
    "hidden",
    [
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
        "\U000e0041",
        "\U000e0100",
        "\ufe0f",
        "\u3164",
        "\x00",
        *("\x1b", "\x7f", "\x9b", "\u2060", "\u061c"),
    ],
)
def test_invisible_characters_are_removed(hidden: str) -> None:
    assert has_invisible(f"a{hidden}b")
    assert one_line(f"a{hidden}b", 10) == "ab"
    assert block(f"a{hidden}b") == "ab"


def test_what_can_be_seen_stays() -> None:
    text = "Größe, 日本語, עברית, हिन्दी, 🎉 and 5 €"
    assert one_line(text, 100) == text
    assert not has_invisible(text)


def test_every_line_end_becomes_one() -> None:
    assert block("a\r\nb\rc\u2028d\x0ce\tf") == "a\nb\nc\nd\ne\tf"


def test_a_path_hides_nothing() -> None:
    assert path_text("a\nb/\u202egnp.exe") == "a\\nb/\\u202egnp.exe"
    assert path_text(b"caf\xe9.py".decode("utf-8", "surrogateescape")) == "caf\\xe9.py"


def test_a_long_path_keeps_its_end() -> None:
    shown = path_text("directory/" * 50 + "name.py")
    assert shown.startswith("…")
    assert shown.endswith("directory/name.py")
    assert len(shown) == 160


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_cleaned_text_can_be_encoded_and_holds_nothing_invisible(text: str) -> None:
    for shown in (one_line(text, 40), block(text), path_text(text)):
        shown.encode()
        assert not has_invisible(shown)


@pytest.mark.parametrize(
    "marker", ["<!-- ai-review:summary -->", "<!--ai-review:x-->", "<!--  AI-Review:finding"]
)
def test_no_marker_survives(marker: str) -> None:
    for shown in (one_line(marker, 100), block(marker), path_text(marker)):
        assert "<!--" not in shown


def test_lone_surrogates_are_replaced() -> None:
    assert one_line("a\ud800b", 9) == block("a\ud800b") == "a\ufffdb"
    assert encodable("a\ud800b\udcff") == "a\ufffdb\ufffd"
