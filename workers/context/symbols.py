"""What a text defines, and which names its lines use.

What is *not* here: reading a text (workers.context.syntax), and where else in the repository a name is
defined (workers.context.places).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from workers.context.symbol_tables import EVERYWHERE, Kind

SHORTEST_NAME = 3
LONGEST_NAME = 80
NAMES = 40
"""Most names given of one question: beyond what a hunk that people can review uses."""


class Role(IntEnum):
    """What a line does with a name; the first ones say the most about it."""

    CALL = 0
    TYPE = 1
    NAME = 2
    MEMBER = 3


@dataclass(frozen=True, slots=True)
class Use:
    """A name on a line.

    Attributes:
        line: 1-based.
        of: the first name of what it is a part of: `os` for `join` in `os.path.join`; else empty.
    """

    name: str
    line: int
    role: Role
    of: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """Something that a text defines. All lines are 1-based, `end` included.

    Attributes:
        start: first line, decorators and the comment above included.
        head: the line of the name.
        body: the line of its brace, or of its first statement; `head` where it has no body.
        within: name of the class or the like that it is a part of, or empty.
    """

    name: str
    kind: Kind
    start: int
    head: int
    body: int
    end: int
    within: str = ""

    def has(self, line: int) -> bool:
        """Whether a line belongs to it."""
        return self.start <= line <= self.end


@dataclass(frozen=True, slots=True)
class Symbols:
    """What one text defines and uses.

    Attributes:
        definitions: in the order of their heads.
        uses: by line, in the order of the text; names in imports, of definitions and of keys are left out.
        bindings: name -> lines where it is made a parameter or a local variable.
        functions: first and last line of each function that stands in no other, named or not.
        imports: texts of what names other files, cut.
    """

    definitions: tuple[Definition, ...] = ()
    uses: Mapping[int, Sequence[Use]] = field(default_factory=dict)
    bindings: Mapping[str, Sequence[int]] = field(default_factory=dict)
    functions: tuple[tuple[int, int], ...] = ()
    imports: tuple[str, ...] = ()


def names_used(symbols: Symbols, lines: Iterable[int], most: int = NAMES) -> tuple[Use, ...]:
    """The names on some lines that may be defined elsewhere: calls first, then types, each name once.

    Left out are locals and parameters, names of the languages themselves and short ones.
    """
    best: dict[str, Use] = {}
    for use in (use for line in lines for use in symbols.uses.get(line, ())):
        if use.name not in best or use.role < best[use.name].role:
            best[use.name] = use
    defined = {definition.name for definition in symbols.definitions}
    kept = [
        use
        for use in best.values()
        if (use.role is Role.CALL and use.name in defined) or not is_local(symbols, use)
    ]
    return tuple(sorted(kept, key=lambda use: (use.role, use.line))[:most])


def enclosing_definitions(symbols: Symbols, line: int) -> tuple[Definition, ...]:
    """The definitions that a line stands in, innermost first."""
    around = [definition for definition in symbols.definitions if definition.has(line)]
    return tuple(sorted(around, key=lambda definition: (definition.end - definition.start, -definition.head)))


def innermost_definitions(symbols: Symbols) -> Mapping[int, Definition]:
    """By line, the innermost definition between whose head and end it stands; lines outside are left out."""
    inner: dict[int, Definition] = {}
    for definition in sorted(symbols.definitions, key=lambda one: (one.head - one.end, one.head)):
        inner.update(dict.fromkeys(range(definition.head, definition.end + 1), definition))
    return inner


def is_local(symbols: Symbols, use: Use) -> bool:
    """Whether the function that a name is used in makes it a parameter or a local variable."""
    if use.role is Role.MEMBER:
        return False
    index = bisect_right(symbols.functions, (use.line, 1 << 60)) - 1
    if index < 0:
        return False
    first, last = symbols.functions[index]
    bound = symbols.bindings.get(use.name, ())
    place = bisect_left(bound, first)
    return use.line <= last and place < len(bound) and bound[place] <= last


def is_telling(name: str) -> bool:
    """Whether a search for a name can find what it means."""
    return SHORTEST_NAME <= len(name) <= LONGEST_NAME and name.rstrip("!?") not in EVERYWHERE
