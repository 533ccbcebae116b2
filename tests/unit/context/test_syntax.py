"""What is found in each programming language: definitions with their lines, calls, types, no local names."""

from __future__ import annotations

import pytest

from tests.support.grammars import GRAMMARS
from tests.support.programs import (
    CPP,
    GO,
    JAVA,
    JAVASCRIPT,
    PYTHON,
    RUBY,
    RUST,
    SUFFIX,
    TSX,
    TYPESCRIPT,
    C,
    read,
)
from workers.context.symbol_tables import TABLES
from workers.context.symbols import Role, Symbols, names_used

DEFINITIONS = {
    "python": (
        PYTHON,
        [
            "constant LIMIT 2-2",
            "class Till 5-13",
            "method Till.total 10-13",
            "function close 16-19",
            "function inner 17-18",
        ],
    ),
    "javascript": (
        JAVASCRIPT,
        [
            "constant LIMIT 2-2",
            "class Till 3-14",
            "constant Till.#coins 7-7",
            "method Till.total 8-12",
            "method Till.reset 13-13",
            "function close 15-15",
            "function open 16-16",
            "function each 17-17",
        ],
    ),
    "typescript": (
        TYPESCRIPT,
        [
            "type Coin 2-2",
            "method Coin.weigh 2-2",
            "type Purse 3-3",
            "type Kind 4-4",
            "class Till 5-11",
            "method Till.constructor 6-6",
            "method Till.total 7-10",
            "function close 12-12",
            "function deep 13-13",
        ],
    ),
    "tsx": (TSX, ["function View 1-4"]),
    "go": (
        GO,
        [
            "constant Limit 7-8",
            "type Till 10-13",
            "method Till.Total 15-23",
            "function closeAll 25-25",
        ],
    ),
    "rust": (
        RUST,
        [
            "type Till 3-5",
            "method Till.total 8-13",
            "type Count 15-15",
            "method Count.count 15-15",
            "type Kind 16-16",
            "constant LIMIT 17-17",
            "function coin 18-18",
        ],
    ),
    "ruby": (
        RUBY,
        [
            "class Till 3-14",
            "constant Till.LIMIT 5-5",
            "method Till.total 7-11",
            "method Till.open? 13-13",
            "class Shop 16-17",
        ],
    ),
    "c": (
        C,
        [
            "constant LIMIT 2-2",
            "function TWICE 3-3",
            "type till 5-5",
            "type coin_t 6-6",
            "type kind 7-7",
            "function total 9-16",
        ],
    ),
    "cpp": (
        CPP,
        [
            "class Till 3-8",
            "method Till.total 6-6",
            "function Till.close 9-13",
            "type Coins 14-14",
        ],
    ),
    "java": (
        JAVA,
        [
            "class Till 4-18",
            "constant Till.LIMIT 7-7",
            "method Till.Till 9-9",
            "method Till.total 11-16",
            "type Till.Counting 17-17",
            "method Counting.count 17-17",
            "type Kind 19-19",
        ],
    ),
}

USES = {
    "python": (PYTHON, "register sum_up rate record Money", "LIMIT Box"),
    "javascript": (JAVASCRIPT, "sumUp rateOf record Money clearAll shutDown", "LIMIT Box"),
    "typescript": (TYPESCRIPT, "sumUp rateOf Money shutDown", "Scale Audit Purse Coin Box"),
    "tsx": (TSX, "useTotal Panel Row", "Props"),
    "go": (GO, "sumUp Nothing Record", "Coin Money Till"),
    "rust": (RUST, "sum_up rate_of record trace", "Coin Money"),
    "ruby": (RUBY, "sum_up rate_of record! build ready?", "Rates Money Box"),
    "c": (C, "sum_up TWICE rate_of record", "till coin_t"),
    "cpp": (CPP, "sumUp rateOf record Money", "Coin Box"),
    "java": (JAVA, "sumUp rate record Money", "Audit Coin CountError RateOf Box"),
}

LOCALS = {
    "python": "amount coins self till sign",
    "javascript": "amount coins till",
    "typescript": "amount coins till scale audit",
    "tsx": "till total",
    "go": "amount err coins tills",
    "rust": "amount coins",
    "ruby": "amount coins sign",
    "c": "amount coins count from",
    "cpp": "amount coins count sign",
    "java": "amount coins sign",
}


def told(symbols: Symbols) -> list[str]:
    return [
        f"{one.kind} {one.within + '.' if one.within else ''}{one.name} {one.start}-{one.end}"
        for one in symbols.definitions
    ]


def names(symbols: Symbols, *roles: Role) -> set[str]:
    everywhere = range(1, 200)
    return {use.name for use in names_used(symbols, everywhere, most=200) if not roles or use.role in roles}


def test_every_grammar_has_a_table_and_cases_here() -> None:
    for tables in (TABLES, SUFFIX, DEFINITIONS, USES, LOCALS):
        assert set(tables) == set(GRAMMARS)


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_definitions_have_their_lines_with_comments_and_decorators_above(grammar: str) -> None:
    text, expected = DEFINITIONS[grammar]
    assert told(read(text, grammar)) == expected


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_calls_and_types_on_lines_are_told_apart(grammar: str) -> None:
    text, calls, types = USES[grammar]
    symbols = read(text, grammar)
    assert set(calls.split()) <= names(symbols, Role.CALL)
    assert set(types.split()) <= names(symbols, Role.TYPE, Role.NAME)


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_locals_and_parameters_are_no_names_to_look_for(grammar: str) -> None:
    assert not names(read(USES[grammar][0], grammar)) & set(LOCALS[grammar].split())


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_broken_code_gives_what_can_be_had(grammar: str) -> None:
    text, expected = DEFINITIONS[grammar]
    symbols = read(f"{text}\n)]}} )( broken = = \n", grammar)
    assert set(expected[:1]) <= set(told(symbols))


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_windows_line_ends_change_no_lines(grammar: str) -> None:
    text, expected = DEFINITIONS[grammar]
    assert told(read(text.replace("\n", "\r\n"), grammar)) == expected
