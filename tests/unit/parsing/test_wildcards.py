from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.wildcards import MAX_WILDCARD, matching, wildcard_problem


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("main", "main", True),
        ("main", "maintenance", False),
        ("main", "a-main", False),
        ("release/*", "release/1.0/rc", True),
        ("*", "", True),
        ("a*c", "abcbc", True),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("a*a", "a", False),
        ("v?.?", "v1.2", True),
        ("v?.?", "v1.22", False),
        ("*[bot]", "renovate[bot]", True),
        ("[WIP]*", "[WIP] later", True),
        ("[WIP]*", "W", False),
        ("**x**", "axb", True),
        ("a.c", "abc", False),
        ("*", "two\nlines", True),
    ],
)
def test_a_star_is_any_text_and_a_question_mark_one_character(pattern: str, text: str, fits: bool) -> None:
    assert (matching([pattern])(text) == pattern) is fits


def test_the_first_pattern_that_fits_is_named() -> None:
    find = matching(["x", "a*", "*b"])
    assert (find("ab"), find("cb"), find("c")) == ("a*", "*b", None)


def test_case_matters_unless_it_shall_not() -> None:
    assert matching(["WIP*"])("wip: x") is None
    assert matching(["wip*"], any_case=True)("WIP: x") == "wip*"
    assert matching(["ÜBER*"], any_case=True)("über x") == "ÜBER*"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "matches nothing"),
        ("  ", "matches nothing"),
        ("a\nb", "cannot be printed"),
        ("\u202ea", "cannot be printed"),
        ("a" * (MAX_WILDCARD + 1), "longer than 200"),
        ("a" * MAX_WILDCARD, None),
        ("[*?(", None),
    ],
)
def test_what_cannot_be_used_is_said(pattern: str, words: str | None) -> None:
    problem = wildcard_problem(pattern)
    assert problem is words if words is None else words in (problem or "")


@pytest.mark.parametrize("pattern", ["*a" * 99 + "b", "*?" * 99 + "b", "*aa" * 66 + "b", "*" * 200 + "b"])
def test_many_stars_take_no_time(pattern: str) -> None:
    started = time.process_time()
    assert matching([pattern])("a" * 10_000 + "c") is None
    assert time.process_time() - started < 1  # measured: a few milliseconds


letters = st.text("ab[.?*", max_size=8)


@given(letters.filter(str.strip), letters)
def test_matching_is_what_a_regular_expression_says_that_tries_everything(pattern: str, text: str) -> None:
    parts = {"*": ".*", "?": "."}
    slow = "".join(parts.get(letter, re.escape(letter)) for letter in pattern)
    assert (matching([pattern])(text) is not None) == bool(re.fullmatch(slow, text))
