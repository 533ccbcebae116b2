from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering.limits import BODY_LIMIT, clip, clip_start, cut, units
from tests.support.github_markdown import render

FAMILY = "👨\u200d👩\u200d👧"
FLAG = "🇩🇪"


def test_a_body_that_fits_stays() -> None:
    assert cut("a" * BODY_LIMIT) == "a" * BODY_LIMIT
    assert cut("body", "tail") == "body\n\ntail"


def test_githubs_limit_is_kept_to_the_character() -> None:
    assert cut("a" * 65_536) == "a" * 65_536
    assert units(cut("a" * 65_537)) <= 65_536
    assert units(cut("a" * 65_500, "b" * 35)) <= 65_536
    assert units(cut("a" * 65_535 + "🎉")) <= 65_536


@pytest.mark.parametrize("unit", ["a", "é", "🎉", "日", "word ", "line\n", FAMILY, FLAG])
@pytest.mark.parametrize("shift", ["", "x", "xy"])
def test_a_body_one_character_too_long_is_cut_and_says_so(unit: str, shift: str) -> None:
    body = shift + unit * (BODY_LIMIT // len(unit) + 1)
    shown = cut(body, "<!-- tail -->")
    assert units(shown) <= BODY_LIMIT
    assert units(shown) > BODY_LIMIT - 200
    assert shown.endswith("*Cut here: the text is longer than GitHub accepts.*\n\n<!-- tail -->")
    kept = shown.split("\n\n*Cut here")[0]
    assert (kept.removeprefix(shift) + "\n").replace(unit, "").strip() in ("", unit.strip())


def test_an_open_fence_is_closed() -> None:
    rendered = render(cut("````\n" + "code\n" * 20_000 + "````\n", "the tail"))
    assert rendered.prose.split()[-2:] == ["the", "tail"]
    assert len(rendered.code) == 1


def test_an_open_fence_with_one_endless_line_is_closed() -> None:
    rendered = render(cut("~~~\n" + "x" * 70_000, "the tail"))
    assert rendered.prose.split()[-2:] == ["the", "tail"]


def test_open_details_are_closed() -> None:
    body = "<details>\n<summary>a</summary>\n\n" + "text\n" * 20_000 + "\n</details>"
    shown = cut(body, "tail")
    assert shown.count("<details>") == shown.count("</details>") == 1
    assert units(shown) <= BODY_LIMIT


def test_details_in_a_fence_are_code_and_not_closed() -> None:
    shown = cut("```\n<details>\n```\n" + "text\n" * 20_000)
    assert "</details>" not in shown


def test_a_code_span_is_never_cut_open() -> None:
    body = "word " + "`" + "@bob " * 20_000 + "`"
    assert render(cut(body)).live == []


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(["```", "````x", "text", "`@bob`", "<details>", "</details>", "🎉", FLAG, "", "~~~"]),
        max_size=30,
    ),
    st.integers(70, 200),
)
def test_whatever_is_cut_fits_and_keeps_its_tail(lines: list[str], limit: int) -> None:
    shown = cut("\n".join(lines), "tail", limit)
    assert units(shown) <= limit
    assert shown.endswith("tail")


@pytest.mark.parametrize("text", [f"abc{FAMILY}d", f"abc{FLAG}d", "abc👍🏽d", "abce\u0301d"])
def test_a_visible_character_is_kept_or_left_out_whole(text: str) -> None:
    for limit in range(4, units(text)):
        shown = clip(text, limit)
        assert units(shown) <= limit
        kept = shown.removesuffix("…")
        assert kept in ("abc", text[:-1])


def test_flags_in_a_row_are_cut_between_flags() -> None:
    assert clip(FLAG * 5, 8) == FLAG + "…"
    assert clip(FLAG * 5, 9) == FLAG * 2 + "…"


def test_clipping_the_start_keeps_the_end() -> None:
    assert clip_start("abcdef", 4) == "…def"
    assert clip_start("🎉🎉🎉ab", 6) == "…🎉ab"
    assert clip_start("abc", 3) == "abc"


def test_an_endless_stack_of_accents_is_cut_all_the_same() -> None:
    assert units(clip("a" + "\u0301" * 1_000, 500)) <= 500
