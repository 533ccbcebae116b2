"""What the hunks of a file stand in: the functions, classes and blocks around each, to compare places by.

The same lines do not do the same everywhere. Names come from the syntax tree where a grammar reads the file;
what has none there is known by the line that others are indented below, in any language: a handler by what it
is given to, a key of a YAML file by the keys above it. Where a name says all, parameters are left out.

What is *not* here: what follows from a place (workers.review.delta), and how one is shown
(workers.context.enclosing).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node, Point, Tree

from bot.domain.diff import FileDiff
from workers.context.enclosing import Heads, heads_above
from workers.context.grammars import grammar_of, parse

_DEEPEST: Final = 400
"""Nodes below this depth are not looked at; people's code stays below 80."""
_LONGEST: Final = 300
"""Characters of a head."""
_OVERLOADED: Final = frozenset({"java", "c", "cpp"})
"""Grammars of languages in which functions of one name may differ by their parameters."""
_NAMING: Final = ("receiver", "name")


def nests(file: FileDiff, text: str) -> tuple[str, ...]:
    """For each hunk, what begins above it and reaches into it; where that is not known, the diff's heading.

    Args:
        text: the file at the head; empty where it is not known.
    """
    heads = heads_above(file, text)
    if heads is None:
        return tuple(hunk.heading for hunk in file.hunks)
    parsed = _Parsed.of(file.path, text)
    return tuple(parsed.nest(one) for one in heads)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A file at the head, with its syntax tree where it has one."""

    lines: list[str]
    source: bytes
    grammar: str
    tree: Tree | None

    @classmethod
    def of(cls, path: str, text: str) -> _Parsed:
        source, grammar = text.encode("utf-8", "surrogatepass"), grammar_of(path)
        tree = parse(source, grammar) if grammar and "\0" not in text else None
        return cls(text.split("\n"), source, grammar or "", tree)

    def nest(self, heads: Heads) -> str:
        """Of a line that begins something with a name, the name counts."""
        named = tuple(self._names(self.tree, heads.first)) if self.tree and heads.first > 1 else ()
        rows = {number for number, _ in named}
        lines = (_squeezed(self.lines[number - 1]) for number in heads.above if number not in rows)
        return "\n".join((*(name for _, name in named), *lines))

    def _names(self, tree: Tree, first: int) -> Iterator[tuple[int, str]]:
        """What a hunk's first line stands in: the line where it begins, and its name, the outermost first."""
        line = self.lines[first - 1]
        indent = line[: len(line) - len(line.lstrip())]
        point = Point(first - 1, len(indent.encode("utf-8", "surrogatepass")))
        cursor = tree.walk()
        for _ in range(_DEEPEST):
            node = cursor.node
            if node is None or not node.start_point <= point < node.end_point:
                return
            if node.start_point.row < first - 1 and (name := self._name(node)):
                yield node.start_point.row + 1, name
            if cursor.goto_first_child_for_point(point) is None:
                return

    def _name(self, node: Node) -> str:
        """How a node with a body is called; where it has no name, all that stands before the body."""
        body = node.child_by_field_name("body")
        if body is None:
            return ""
        parts = [part for field in _NAMING if (part := node.child_by_field_name(field)) is not None]
        if parts and self.grammar not in _OVERLOADED:
            spans = [(part.start_byte, part.end_byte) for part in parts]
        else:
            row = self.source.rfind(b"\n", 0, node.start_byte) + 1
            spans = [(row, max(row, body.start_byte))]
        texts = (self.source[start:end].decode("utf-8", "replace") for start, end in spans)
        return _squeezed(" ".join(texts))


def _squeezed(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
