from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.diff import Anchor, Side
from bot.domain.finding import LineRange
from bot.rendering.clean import block, one_line
from bot.rendering.code import code_span, fenced, path_span, suggestion
from tests.support.github_markdown import render
from tests.support.reviews import SHARED_DEFAULT

TEXTS = st.text(st.sampled_from("`~ \na@#<\\*"), max_size=20) | st.text(max_size=10)
HERE = Anchor("shop/basket.py", Side.RIGHT, 12)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_inline_code_shows_just_its_text(text: str) -> None:
    shown = one_line(text, 200)
    rendered = render(f"x {code_span(text)} y")
    assert rendered.code == ((shown,) if shown else ())
    assert rendered.live == []


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_a_fence_holds_whatever_is_inside(text: str) -> None:
    rendered = render(f"before\n\n{fenced(text)}\n\nafter")
    content = block(text).removesuffix("\n")
    assert rendered.code == (content + "\n" if content else "",)
    assert rendered.prose.split() == ["before", "after"]


def test_a_path_with_spaces_at_its_ends_keeps_them() -> None:
    assert render(path_span(" a b ")).code == (" a b ",)


def test_a_fix_of_exactly_the_comments_lines_can_be_committed() -> None:
    assert suggestion(SHARED_DEFAULT, HERE) == "```suggestion\ndef add(item, basket=None):\n```"


def test_a_fix_with_a_fence_in_it_gets_a_longer_one() -> None:
    finding = replace(SHARED_DEFAULT, suggestion="```\nx\n```\n")
    assert suggestion(finding, HERE) == "````suggestion\n```\nx\n```\n````"


def test_an_empty_fix_removes_the_lines() -> None:
    finding = replace(SHARED_DEFAULT, suggestion="")
    assert suggestion(finding, HERE) == "```suggestion\n```"
    assert suggestion(finding, None).endswith("Remove these lines.")


def test_a_fix_with_windows_line_ends_can_be_committed() -> None:
    finding = replace(SHARED_DEFAULT, suggestion="a\r\nb\r\n")
    assert suggestion(finding, HERE) == "```suggestion\na\nb\n```"


@pytest.mark.parametrize(
    ("lines", "anchor"),
    [
        (LineRange(12, 12), None),
        (LineRange(12, 12), Anchor("shop/basket.py", Side.RIGHT, 13)),
        (LineRange(11, 12), HERE),
        (LineRange(12, 12, Side.LEFT), Anchor("shop/basket.py", Side.LEFT, 12)),
        (LineRange(12, 12, Side.LEFT), HERE),
        (None, HERE),
    ],
)
def test_a_fix_of_other_lines_is_shown_as_text(lines: LineRange | None, anchor: Anchor | None) -> None:
    shown = suggestion(replace(SHARED_DEFAULT, lines=lines), anchor)
    assert "```suggestion" not in shown
    assert "def add(item, basket=None):" in shown


@pytest.mark.parametrize("text", ["x = '\u202e'", "<!-- ai-review:summary -->", "a\rb", "a\x0cb"])
def test_a_fix_that_would_not_be_committed_as_shown_is_text(text: str) -> None:
    assert "```suggestion" not in suggestion(replace(SHARED_DEFAULT, suggestion=text), HERE)


def test_no_fix_is_no_text() -> None:
    assert suggestion(replace(SHARED_DEFAULT, suggestion=None), HERE) == ""
