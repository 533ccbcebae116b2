"""YAML text into plain values that remember where they stand, after everything hostile was refused.

The text is read twice. First as a stream of events, where everything hostile or too clever is refused
(aliases, tags, directives, deep nesting, thousands of entries) before anything is built. Then as a tree.

What is *not* here: what the values mean (bot.parsing.policies.keys).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from bot.errors import PolicyError

MAX_SIZE: Final = 64 * 1024  # characters
MAX_LINES: Final = 5000  # measured: empty lines cost ruamel most, more than 0.1 s for 64 kB of them
MAX_DEPTH: Final = 8
MAX_BRACKETS: Final = 20  # open at once in a line: ruamel looks 1,024 characters ahead, in quadratic time
MAX_EVENTS: Final = 2000

_BRACKET = re.compile(r"[\[\]{}]")
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_TAG = "tag:yaml.org,2002:"


class PlainNumber(str):
    """What stands without quotes and has a fraction, `1.5`: a text, unless a key wants a number."""

    __slots__ = ()


Value = dict[str, "Value"] | list["Value"] | str | int | bool | None
Location = tuple[str | int, ...]
"""Keys and 0-based numbers of list items, from the top: `("rules", 0, "text")`."""


@dataclass(frozen=True, slots=True)
class Place:
    """1-based line and column, in characters."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole file.

    Attributes:
        values: None where it is empty.
        places: of every key and every list item.
        mistakes: keys that are given twice, or are no words; of such a pair the first one is in `values`.
    """

    values: Value = None
    places: Mapping[Location, Place] = field(default_factory=dict)
    mistakes: tuple[PolicyError, ...] = ()

    def place(self, location: Location) -> Place:
        """Where something stands, or the nearest thing around it."""
        while location and location not in self.places:
            location = location[:-1]
        return self.places.get(location, Place())


def read_tree(text: str) -> Tree:
    """The only document of a file.

    Raises:
        PolicyError: it is no YAML, or holds what a policy has no use for.
    """
    root = _root(text.removeprefix("\ufeff"))
    if root is None:
        return Tree()
    builder = _Builder()
    values = builder.value(root, ())
    builder.places[()] = _place(root.start_mark)
    return Tree(values, builder.places, tuple(builder.mistakes))


def shown_key(location: Location) -> str:
    """`rules[0].text`, as it may be repeated to people: only plain words are."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{shown(step)}" for step in location)
    return "".join(steps).removeprefix(".")


def shown(key: str) -> str:
    """A key as it may be repeated to people."""
    return key if _PLAIN_KEY.fullmatch(key) else "…"


def _root(text: str) -> Node | None:
    _refuse_size(text)
    try:
        _refuse_tricks(YAML(typ="safe", pure=True).parse(io.StringIO(text)))
        root: Node | None = YAML(typ="safe", pure=True).compose(io.StringIO(text))
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        raise PolicyError(
            "there is a character that YAML does not allow", line=line, column=column
        ) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sentence = f"this is not valid YAML: {_plain(error.problem)}"
        if mark is None:
            raise PolicyError(sentence) from error
        raise PolicyError(sentence, line=mark.line + 1, column=mark.column + 1) from error
    except YAMLError as error:
        raise PolicyError("this is not valid YAML") from error
    return root


def _refuse_size(text: str) -> None:
    """Stop at what would take ruamel too long to look at."""
    lines = text[: MAX_SIZE + 1].split("\n")
    if len(text) > MAX_SIZE or len(lines) > MAX_LINES:
        raise PolicyError(f"the policy file is longer than {MAX_SIZE // 1024} kB or {MAX_LINES} lines")
    for number, line in enumerate(lines, start=1):
        if _most_open(line) > MAX_BRACKETS:
            raise PolicyError(f"more than {MAX_BRACKETS} brackets are open at once", line=number, column=1)


def _most_open(line: str) -> int:
    """How many brackets are open at once in a line, at most; brackets within text count as well."""
    depth = most = 0
    for bracket in _BRACKET.findall(line):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        most = max(most, depth)
    return most


def _refuse_tricks(events: Iterator[Event]) -> None:
    """Stop at the first thing that a policy has no use for, before a tree is built of it."""
    depth = 0
    for count, event in enumerate(events, start=1):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        problem = _trick(event)
        if depth > MAX_DEPTH:
            problem = f"the file is nested more than {MAX_DEPTH} levels deep"
        if count > MAX_EVENTS:
            problem = f"the file has more than {MAX_EVENTS} entries"
        if problem:
            place = _place(event.start_mark)
            raise PolicyError(problem, line=place.line, column=place.column)


def _trick(event: Event) -> str | None:
    """What is wrong with an event whatever stands around it."""
    if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
        return "anchors and aliases (`&name`, `*name`) are not allowed; put a text that starts so in quotes"
    if isinstance(event, NodeEvent) and getattr(event, "tag", None):
        return "tags (`!name`) are not allowed; put a text that starts with `!` in quotes"
    if isinstance(event, DocumentStartEvent) and (event.version or event.tags):
        return "directives (`%YAML`, `%TAG`) are not allowed"
    return None


class _Builder:
    """Nodes into values; `places` and `mistakes` grow on the way."""

    def __init__(self) -> None:
        self.places: dict[Location, Place] = {}
        self.mistakes: list[PolicyError] = []

    def value(self, node: Node, at: Location) -> Value:
        """A node as plain values. Numbers other than whole ones, and dates, stay text."""
        if isinstance(node, MappingNode):
            return self._mapping(node, at)
        if not isinstance(node, SequenceNode):
            return _scalar(node)
        for number, child in enumerate(node.value):
            self.places[*at, number] = _place(child.start_mark)
        return [self.value(child, (*at, number)) for number, child in enumerate(node.value)]

    def _mapping(self, node: MappingNode, at: Location) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for name, child in node.value:
            if not isinstance(name, ScalarNode):
                self._mistake("a key must be a word", name)
            elif name.value in values:
                key = shown_key((*at, name.value))
                self._mistake(f"`{key}` is given twice", name, key)
            else:
                self.places[*at, name.value] = _place(name.start_mark)
                values[name.value] = self.value(child, (*at, name.value))
        return values

    def _mistake(self, message: str, node: Node, key: str | None = None) -> None:
        place = _place(node.start_mark)
        self.mistakes.append(PolicyError(message, line=place.line, column=place.column, key=key))


def _scalar(node: Node) -> str | int | bool | None:
    """The value of a scalar by the rules of YAML 1.2, where `on` and `12:30` are text."""
    text: str = node.value
    if node.tag == _TAG + "null":
        return None
    if node.tag == _TAG + "bool":
        return text.lower() == "true"
    if node.tag == _TAG + "float":
        return PlainNumber(text)
    return int(text) if node.tag == _TAG + "int" and _WHOLE_NUMBER.fullmatch(text) else text


def _place(mark: StringMark) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _plain(problem: str | None) -> str:
    """What ruamel says is wrong, kept short: it can quote a character or two of the file."""
    return "".join(letter for letter in (problem or "unexpected end")[:100] if letter.isprintable())
