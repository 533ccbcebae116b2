"""Texts that nobody would write: whatever a file holds, it is read or left alone, and nothing fails."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.programs import SUFFIX, read
from workers.context.symbols import Symbols
from workers.context.syntax import symbols_of


@pytest.mark.parametrize("path", ["a.md", "Makefile", "a.sql"])
def test_without_a_grammar_there_are_no_symbols(path: str) -> None:
    assert symbols_of("def f(): pass", path) is None


def test_binary_and_empty_texts_do_no_harm() -> None:
    assert symbols_of("a = 1\0", "a.py") is None
    assert symbols_of("", "a.py") == Symbols()


def test_bytes_that_are_no_utf8_and_lone_surrogates_do_no_harm() -> None:
    for text in (
        "def caf\udce9():\n    pass\n\ndef area():\n    pass\n",
        'x = "\ud800"\n\n\ndef area(): pass\n',
    ):
        assert "area" in {one.name for one in read(text, "python").definitions}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "".join("  " * depth + f"class A{depth}:\n" for depth in range(95)) + "  " * 95 + "pass\n"),
        ("a.js", "f(" * 400 + ")" * 400),
        ("a.js", "a+" * 40_000 + "1"),
        ("a.rb", "x." + "foo." * 20_000 + "bar"),
        ("a.js", f'x = "{"word " * 190_000}";'),
    ],
    ids=["classes", "calls", "operators", "chain", "one long line"],
)
def test_deep_and_long_code_is_walked_without_recursion(path: str, text: str) -> None:
    symbols_of(text, path)


WORDS = """
    def class fn func struct return if end a b Foo ( ) { } [ ] : ; , . = => -> # // /* */ ' \" ` < > @ $ é
"""
TOKENS = st.sampled_from([*WORDS.split(), "\udcff", "\n", "\n\n", "\t", " ", "  "])


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=60).map("".join), st.sampled_from(sorted(SUFFIX)))
def test_lines_of_definitions_and_uses_lie_inside_of_any_text(text: str, grammar: str) -> None:
    symbols = symbols_of(text, f"a.{SUFFIX[grammar]}")
    if symbols is None:
        return
    last = text.count("\n") + 1
    for one in symbols.definitions:
        assert 1 <= one.start <= one.head <= one.body <= one.end <= last
    assert all(1 <= line <= last for line in symbols.uses)
