"""Where definitions begin and end, what a name is a part of, and imports."""

from __future__ import annotations

import pytest

from tests.support.programs import PYTHON, read
from workers.context.symbols import enclosing_definitions
from workers.context.syntax import symbols_of


def test_a_comment_apart_from_a_definition_does_not_belong_to_it() -> None:
    [one] = read("# License.\n\n# Not this.\nx()  # trailing\ndef area():\n    pass\n", "python").definitions
    assert (one.start, one.head) == (5, 5)


def test_head_and_body_are_where_they_are() -> None:
    [one] = read("@deco\ndef area(\n    width,\n):\n    return width\n", "python").definitions
    assert (one.start, one.head, one.body, one.end) == (1, 2, 5, 5)


def test_a_name_knows_what_it_is_a_part_of() -> None:
    [use] = read("shop.rates.load_all(1)\n", "python").uses[1][2:]
    assert (use.name, use.of) == ("load_all", "shop")


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("a.py", "from shop.rates import rate\n", "shop.rates"),
        ("a.js", 'const { rate } = require("./rates");\n', "rate } = require"),
        ("a.ts", 'import { rate } from "./rates";\n', "rates"),
        ("a.go", 'package a\n\nimport (\n\t"x/rates"\n\t"y/other"\n)\n', "x/rates"),
        ("a.rs", "use shop::rates;\n", "rates"),
        ("a.rb", 'require_relative "rates"\n', "rates"),
        ("a.c", '#include "rates.h"\n', "rates.h"),
        ("A.java", "import shop.Rates;\n", "shop.Rates"),
    ],
)
def test_imports_are_kept_one_by_one(path: str, text: str, words: str) -> None:
    symbols = symbols_of(text, path)
    assert symbols is not None
    assert words in symbols.imports[0]


def test_innermost_definitions_come_first() -> None:
    symbols = read(PYTHON, "python")
    assert [one.name for one in enclosing_definitions(symbols, 11)] == ["total", "Till"]
    assert [one.name for one in enclosing_definitions(symbols, 3)] == []
