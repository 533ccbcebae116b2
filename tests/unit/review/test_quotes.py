from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.diff import Side
from bot.domain.finding import LineRange
from tests.support.changes import file_of
from tests.support.shown import find_quote
from workers.review.quotes import Haystack, Place

BASE = """def pay(amount, account):
    if amount <= 0:
        raise ValueError(amount)
    account.lock()
    account.balance -= amount
    return account

def close(account):
    return account
"""
HEAD = """def pay(amount, account):
    account.balance  -=  amount
    log(account,
        amount)
    return account

def close(account):
    return account
"""
FILE = file_of("pay.py", BASE, HEAD)


def place(quote: str) -> Place:
    found = find_quote(FILE, HEAD, quote)
    assert found is not None
    return found


def test_a_quote_of_an_added_line_is_found_whatever_its_white_space() -> None:
    assert place("account.balance -= amount").lines == LineRange(2, 2)
    assert place("\n   account.balance -=\tamount  \n").changed == LineRange(2, 2)


def test_a_quote_of_several_lines_is_found_also_when_joined() -> None:
    assert place("log(account,\n    amount)").lines == LineRange(3, 4)
    assert place("log(account, amount)").lines == LineRange(3, 4)


def test_a_part_of_a_line_is_found_at_word_ends_only() -> None:
    assert place("balance -= amount").lines == LineRange(2, 2)
    assert find_quote(FILE, HEAD, "ount") is None


def test_removed_code_is_found_on_the_left() -> None:
    found = place("if amount <= 0:\n    raise ValueError(amount)")
    assert found.lines == found.changed == LineRange(2, 3, Side.LEFT)


def test_a_place_can_be_asked_of_one_side_alone() -> None:
    haystack = Haystack.of(FILE, HEAD)
    removed, added = (haystack.find("account.balance -= amount", side) for side in (Side.LEFT, Side.RIGHT))
    assert removed is not None
    assert added is not None
    assert (removed.lines, added.lines) == (LineRange(5, 5, Side.LEFT), LineRange(2, 2))
    assert haystack.find("account.lock()", Side.RIGHT) is None


@pytest.mark.parametrize(
    "pasted",
    [
        "+     account.balance -= amount",
        "     2 +     account.balance -= amount",
        "2: account.balance -= amount",
        "```python\naccount.balance -= amount\n```",
        "-    account.lock()\n+    account.balance -= amount",
        "account.bal\u200bance -= amount",
        "account.bal⟨U+200B⟩ance -= amount",
        "account.balance-=amount",
    ],
)
def test_what_was_pasted_along_does_no_harm(pasted: str) -> None:
    assert place(pasted).changed == LineRange(2, 2)


def test_a_pasted_minus_finds_the_removed_line() -> None:
    assert place("       -     account.lock()").lines == LineRange(4, 4, Side.LEFT)


def test_of_several_places_the_added_one_is_taken() -> None:
    head = "x = 1\n" * 3 + "y = 0\n" + "x = 1\n" + "z = 0\n" * 9 + "x = 1\n"
    base = "x = 1\n" * 3 + "y = 0\n" + "z = 0\n" * 9 + "x = 1\n"
    found = find_quote(file_of("f", base, head), head, "x = 1")
    assert found is not None
    assert found.lines.start in file_of("f", base, head).changed_lines()


def test_a_whole_line_is_preferred_to_a_part_of_one() -> None:
    head = "const { a } = b;\nconst {\n  a\n} = c;\n"
    found = find_quote(file_of("f", "", head), head, "const {")
    assert found is not None
    assert found.lines == LineRange(2, 2)


def test_a_line_outside_of_the_diff_is_found_without_a_change() -> None:
    filler = "".join(f"v{n} = {n}\n" for n in range(30))
    head = f"{filler}end = 1\n"
    found = find_quote(file_of("f", f"{filler}end = 0\n", head), head, "v3 = 3")
    assert found == Place(LineRange(4, 4), None, whole=True, verbatim=True, telling=True)


@pytest.mark.parametrize(
    "nothing", ["", "  \n ", "}", "...", "```\n```", "⋯", "no such code", "raise", "+", "-1"]
)
def test_what_does_not_stand_in_the_file_is_not_found(nothing: str) -> None:
    found = find_quote(FILE, HEAD, nothing)
    assert found is None or nothing == "raise"


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_quote_breaks_it(quote: str) -> None:
    found = find_quote(FILE, HEAD, quote)
    assert found is None or 1 <= found.lines.start <= found.lines.end <= 9


@given(st.integers(1, 9), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_every_run_of_lines_is_found_where_it_stands(start: int, more: int) -> None:
    lines = [f"call_{n}(value)" for n in range(1, 13)]
    head = "\n".join(lines) + "\n"
    found = find_quote(
        file_of("f", "call_5(value)\n", head), head, "\n".join(lines[start - 1 : start + more])
    )
    assert found is not None
    assert found.lines == LineRange(start, start + more)


def test_of_lines_that_are_alike_the_one_with_the_quotes_indentation_is_meant() -> None:
    head = "def f(c):\n    stop(c)\n    if c:\n            stop(c)\n"
    file = file_of("f.py", "", head)
    for quote, line in (("    stop(c)", 2), ("            stop(c)", 4), ("stop(c)", 2)):
        found = find_quote(file, head, quote)
        assert found is not None
        assert found.lines == LineRange(line, line)


def test_a_quote_does_not_go_on_from_one_hunk_to_the_next() -> None:
    middle = "".join(f"v{n} = {n}\n" for n in range(20))
    base, head = f"first()\n{middle}last()\n", middle
    file = file_of("f", base, head)
    assert len(file.hunks) == 2
    assert find_quote(file, head, "first()\nv0 = 0\nv1 = 1\nv2 = 2") is not None
    assert find_quote(file, head, "first()\nv0 = 0\nv1 = 1\nv2 = 2\nv17 = 17") is None
