"""What a changed file makes one want to see of the rest: what it uses, and what it altered for others.

What is *not* here: finding it (workers.context.related).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from bot.domain.diff import FileDiff, FileStatus, Hunk, LineKind
from bot.parsing.telling_tests import is_test
from workers.context.defining import family
from workers.context.enclosing import excerpts
from workers.context.symbol_tables import CONSTRUCTORS, Kind
from workers.context.symbols import (
    Definition,
    Role,
    Symbols,
    Use,
    innermost_definitions,
    is_telling,
    names_used,
)
from workers.context.syntax import symbols_of
from workers.ports import SourceFile

_PRIVATE = re.compile(r"\bprivate\b")
_STATIC = re.compile(r"\s*static\b")
_HEADER = re.compile(r"\.(h|hh|hpp|hxx|inl|ipp|tpp)$", re.IGNORECASE)


class Alteration(IntEnum):
    """What happened to a definition; the first ones matter most to its callers."""

    REMOVED = 0
    SIGNATURE = 1
    BODY = 2


class Reach(IntEnum):
    """Where a name can be used."""

    FILE = 0
    FOLDER = 1
    ANYWHERE = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """A name that a hunk uses; `is_gone` where only its removed lines do."""

    use: Use
    hunk: int
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Altered:
    """A function, constant or the like that a hunk changed, by the name that others use.

    Attributes:
        reach: where others can use it, as far as its head tells.
    """

    name: str
    kind: Kind
    alteration: Alteration
    hunk: int
    reach: Reach


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one changed file asks of the rest of the repository.

    Attributes:
        symbols: of the file at the head.
        shown: numbers of the head's lines that are shown with its hunks.
    """

    file: SourceFile
    symbols: Symbols
    shown: frozenset[int]
    wishes: tuple[Wish, ...]
    altered: tuple[Altered, ...]

    @property
    def imports(self) -> str:
        """All that it imports, as one text."""
        return "\n".join(self.symbols.imports)


def wanted(file: SourceFile, names: int, block_lines: int) -> Wanted | None:
    """Read a changed file; None where its language has no grammar, or it cannot be parsed.

    Args:
        file: with its text at the head; a removed one has none.
        names: most names that one file asks for.
        block_lines: as in `excerpts`: what is in view already.
    """
    head = symbols_of(file.text, file.path)
    if head is None:
        return None
    base = _base_symbols(file)
    wishes = _wishes(file.diff, head, base)[:names]
    altered = tuple(_altered(file, head, base)) if base.definitions else ()
    return Wanted(file, head, shown_lines(file, block_lines), wishes, altered)


def shown_lines(file: SourceFile, block_lines: int) -> frozenset[int]:
    """Numbers of the head's lines that are in view with the file's hunks; `block_lines` as in `excerpts`."""
    return frozenset(
        line.new_number
        for excerpt in excerpts(file.diff, file.text, block_lines)
        for line in excerpt.lines
        if line.new_number is not None
    )


def _base_symbols(file: SourceFile) -> Symbols:
    """Of the file before the change; nothing of a test, which nobody calls."""
    if is_test(file.path):
        return Symbols()
    return symbols_of(base_text(file), file.diff.old_path or file.path) or Symbols()


def base_text(file: SourceFile) -> str:
    """The file before the change, made from its text after it."""
    lines = file.text.split("\n")
    if file.diff.status is FileStatus.REMOVED:
        lines = []
    made: list[str] = []
    position = 0
    for hunk in file.diff.hunks:
        start = hunk.new_start - 1 if hunk.new_count else hunk.new_start
        made += lines[position:start]
        made += [line.text for line in hunk.lines if line.kind is not LineKind.ADDED]
        position = max(position, start + hunk.new_count)
    return "\n".join(made + lines[position:])


def _wishes(diff: FileDiff, head: Symbols, base: Symbols) -> tuple[Wish, ...]:
    """Names on changed lines, each once: what added lines call first."""
    found: list[Wish] = []
    for index, hunk in enumerate(diff.hunks):
        found += [Wish(use, index, False) for use in names_used(head, _added(hunk))]
        gone = names_used(base, _removed(hunk))
        found += [Wish(use, index, True) for use in gone if use.role is Role.CALL]
    found.sort(key=lambda wish: (wish.is_gone, wish.use.role))
    return tuple({wish.use.name: wish for wish in reversed(found)}.values())[::-1]


def _altered(file: SourceFile, head: Symbols, base: Symbols) -> Iterator[Altered]:
    """Definitions with a changed line between head and end, innermost ones; new ones have no callers yet."""
    lines = file.text.split("\n")
    old_lines = base_text(file).split("\n")
    now = {(one.within, one.name): one for one in head.definitions}
    before = {(one.within, one.name): one for one in base.definitions}
    inner_now, inner_before = innermost_definitions(head), innermost_definitions(base)
    seen: set[str] = set()
    for index, hunk in enumerate(file.diff.hunks):
        touched = _touched(inner_now, _added(hunk)) | _touched(inner_before, _removed(hunk))
        for key, one in sorted(touched.items(), key=lambda item: item[1].head):
            name = one.within if one.name in CONSTRUCTORS else one.name
            if key not in before or not is_telling(name) or name in seen:
                continue
            seen.add(name)
            alteration = Alteration.BODY
            if key not in now:
                alteration = Alteration.REMOVED
            elif _signature(now[key], lines) != _signature(before[key], old_lines):
                alteration = Alteration.SIGNATURE
            reach = _reach(name, old_lines[before[key].head - 1], file.path)
            yield Altered(name, one.kind, alteration, index, reach)


def _touched(inner: Mapping[int, Definition], changed: Iterable[int]) -> dict[tuple[str, str], Definition]:
    """The innermost definitions of some lines; of a class only where its head is one of them."""
    found: dict[tuple[str, str], Definition] = {}
    for line in changed:
        one = inner.get(line)
        if one is not None and (one.kind is not Kind.CLASS or line == one.head):
            found[one.within, one.name] = one
    return found


def _signature(definition: Definition, lines: Sequence[str]) -> str:
    """Its head without white space; nothing of a constant, which is all body."""
    if definition.kind is Kind.CONSTANT:
        return ""
    has_brace = "{" in lines[definition.body - 1]
    last = definition.body if has_brace else max(definition.head, definition.body - 1)
    text = "".join("".join(lines[definition.head - 1 : last]).split())
    return text.partition("{")[0] if has_brace else text


def _reach(name: str, head: str, path: str) -> Reach:
    """Where a definition can be used, by its first line."""
    of = family(path)
    if (of in ("java", "javascript") and (_PRIVATE.search(head) or name.startswith("#"))) or (
        of == "cpp" and _STATIC.match(head) and not _HEADER.search(path)
    ):
        return Reach.FILE
    return Reach.FOLDER if of == "go" and not name[0].isupper() else Reach.ANYWHERE


def _added(hunk: Hunk) -> list[int]:
    return [
        line.new_number for line in hunk.lines if line.kind is LineKind.ADDED and line.new_number is not None
    ]


def _removed(hunk: Hunk) -> list[int]:
    return [
        line.old_number
        for line in hunk.lines
        if line.kind is LineKind.REMOVED and line.old_number is not None
    ]
