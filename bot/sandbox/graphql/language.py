"""Reads GraphQL: queries and mutations with aliases, arguments, variables, inline fragments.

What is *not* here: fragments by name, directives, subscriptions. Each gets a clear error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"(?P<skip>[\s,\ufeff]+|#[^\n]*)|(?P<spread>\.\.\.)|(?P<name>[_A-Za-z]\w*)|(?P<number>-?\d+(\.\d+)?)"
    r'|(?P<block>"""(?:[^"\\]|\\.|"(?!""))*""")|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<mark>[{}()\[\]:!=$@])',
    re.ASCII,
)
DEEPEST = 30


class QueryError(Exception):
    """A query that cannot be read or answered; the message goes to the caller."""


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name` where a value is expected."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is asked for; `key` is its alias or its name."""

    name: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    selections: tuple[Selection, ...] = ()


@dataclass(frozen=True, slots=True)
class Inline:
    """`... on Type { }`; without a type it always applies."""

    on: str | None
    selections: tuple[Selection, ...]


Selection = Field | Inline


@dataclass(frozen=True, slots=True)
class Operation:
    """What a document asks for.

    Attributes:
        kind: `query` or `mutation`.
        defaults: values of variables that need not be given.
        required: variables that must be given.
    """

    kind: str
    selections: tuple[Selection, ...]
    defaults: Mapping[str, Any]
    required: frozenset[str]


def parse(text: str) -> Operation:
    """Read a document with one operation.

    Raises:
        QueryError: with a sentence for the caller.
    """
    reader = _Reader(_tokens(text))
    operation = reader.operation()
    if reader.peek():
        raise QueryError(f"Only one operation and no named fragment is understood, found {reader.peek()!r}")
    return operation


def values(arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with their variables filled in."""
    return {name: _fill(value, variables) for name, value in arguments.items()}


def _fill(value: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(value, Variable):
        if value.name not in variables:
            raise QueryError(f"Variable ${value.name} is used and not declared")
        return variables[value.name]
    if isinstance(value, list):
        return [_fill(one, variables) for one in value]
    if isinstance(value, dict):
        return {name: _fill(one, variables) for name, one in value.items()}
    return value


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise QueryError(f"Parse error on {text[at]!r} at character {at}")
        at = match.end()
        if match.lastgroup == "block" or match["block"] is not None:
            raise QueryError("Block strings are not understood by the sandbox")
        if match["skip"] is None:
            found.append(match[0])
    return found


class _Reader:
    """Recursive descent over tokens."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def peek(self) -> str:
        """The next token, or an empty text at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def operation(self) -> Operation:
        """`query Name($a: T = v) { }`, or just `{ }`."""
        kind, defaults, required = "query", dict[str, Any](), set[str]()
        if self.peek() != "{":
            kind = self._name()
            if kind not in {"query", "mutation"}:
                raise QueryError(f"{kind!r} is not understood by the sandbox")
            if self.peek() not in {"(", "{"}:
                self._name()
            if self._take("("):
                while not self._take(")"):
                    self._variable(defaults, required)
        return Operation(kind, self._selections(), defaults, frozenset(required))

    def _variable(self, defaults: dict[str, Any], required: set[str]) -> None:
        self._expect("$")
        name = self._name()
        self._expect(":")
        must = self._type()
        if self._take("="):
            defaults[name] = self._value()
        elif must:
            required.add(name)
        else:
            defaults[name] = None

    def _type(self) -> bool:
        """Skip a type; whether it ends in `!`."""
        if self._take("["):
            self._type()
            self._expect("]")
        else:
            self._name()
        return self._take("!")

    def _selections(self) -> tuple[Selection, ...]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError("The query is nested too deeply")
        self._expect("{")
        found = []
        while not self._take("}"):
            found.append(self._selection())
        self._depth -= 1
        if not found:
            raise QueryError("A selection must not be empty")
        return tuple(found)

    def _selection(self) -> Selection:
        if self._take("..."):
            if self.peek() == "{":
                return Inline(None, self._selections())
            if self._name() != "on":
                raise QueryError("Named fragments are not understood by the sandbox")
            return Inline(self._name(), self._selections())
        name = key = self._name()
        if self._take(":"):
            name = self._name()
        arguments = self._arguments() if self._take("(") else {}
        if self.peek() == "@":
            raise QueryError("Directives are not understood by the sandbox")
        return Field(name, key, arguments, self._selections() if self.peek() == "{" else ())

    def _arguments(self) -> dict[str, Any]:
        found = {}
        while not self._take(")"):
            name = self._name()
            self._expect(":")
            found[name] = self._value()
        return found

    def _value(self) -> Any:
        word = self._next()
        if word == "$":
            return Variable(self._name())
        if word == "[":
            return self._list()
        if word == "{":
            return self._object()
        if word.startswith('"'):
            return _string(word)
        if word[:1].isdigit() or word.startswith("-"):
            return float(word) if "." in word else int(word)
        if not word[:1].isalpha() and not word.startswith("_"):
            raise QueryError(f"Parse error on {word!r}: a value is expected")
        return {"true": True, "false": False, "null": None}.get(word, word)

    def _list(self) -> list[Any]:
        found = []
        while not self._take("]"):
            found.append(self._value())
        return found

    def _object(self) -> dict[str, Any]:
        found = {}
        while not self._take("}"):
            name = self._name()
            self._expect(":")
            found[name] = self._value()
        return found

    def _next(self) -> str:
        token = self.peek()
        if not token:
            raise QueryError("Unexpected end of document")
        self._at += 1
        return token

    def _take(self, token: str) -> bool:
        if not self.peek():
            raise QueryError("Unexpected end of document")
        if self.peek() != token:
            return False
        self._at += 1
        return True

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise QueryError(f"Parse error on {found!r}: {token!r} is expected")

    def _name(self) -> str:
        token = self._next()
        if not (token[0].isalpha() or token[0] == "_"):
            raise QueryError(f"Parse error on {token!r}: a name is expected")
        return token


def _string(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        raise QueryError(f"Parse error on {token}: an escape is not valid") from None
