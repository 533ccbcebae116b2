"""Code elsewhere in the repository that a reader of a change wants to see, found without a model.

Definitions of what changed lines use, callers of what was changed, tests that touch it: ranked, cut, and held
to a budget. One search serves a whole review. What is *not* here: what a change asks for
(workers.context.wanted), and how the pieces are shown to a model.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence

from bot.parsing.masking import masked
from workers.context.cuts import of_definition
from workers.context.defining import closeness
from workers.context.picking import Picker
from workers.context.pieces import Related, RelatedKind, RelatedLimits, piece
from workers.context.places import Places, to_read
from workers.context.symbols import Symbols
from workers.context.syntax import symbols_of
from workers.context.wanted import Wanted, wanted
from workers.ports import CodeBase, SourceFile

_ASKED = 8
"""Names answered of one question."""
_FILES = 12
_OUTLINE = 40
"""Lines shown of a file that is asked for as a whole."""
_NAME = re.compile(r"[^\W\d][\w$]*[!?]?")


async def related_code(
    files: Sequence[SourceFile], code: CodeBase, limits: RelatedLimits
) -> Mapping[str, tuple[Related, ...]]:
    """Related code by the path of the changed file, best first; files for which there is none are left out.

    Pieces that the diff of another changed file shows come last: where both are shown, they can be dropped.

    Raises:
        GitHubError: the code base cannot be reached.
    """
    wants = await asyncio.to_thread(_wants, files, limits)
    altered = [one.name for want in wants for one in want.altered]
    names = tuple(dict.fromkeys([*altered, *(wish.use.name for want in wants for wish in want.wishes)]))
    if not names:
        return {}
    hits = await code.search(names)
    places = await asyncio.to_thread(Places.of, hits, names)
    paths = await asyncio.to_thread(to_read, places, wants, limits)
    texts = await code.read(paths) if paths else {}
    return await asyncio.to_thread(Picker(wants, places, texts, limits).pick)


async def definitions_of(names: Sequence[str], code: CodeBase, near: str) -> tuple[Related, ...]:
    """Definitions of names that a model asked for, as far as they can be told apart.

    Args:
        names: a name, `Type.name`, `path::name`, or the path of a file, of which the outline is given.
        code: where to look.
        near: the changed file that the question is about; of several definitions the nearest count.

    Raises:
        GitHubError: the code base cannot be reached.
    """
    asked = list(dict.fromkeys(name.strip() for name in names if name.strip()))[:_ASKED]
    if not asked:
        return ()
    known = frozenset(await code.paths())
    words = tuple(dict.fromkeys(word for name in asked if (word := _word(name, known))))
    places = Places.of(await code.search(words), words) if words else Places()
    wants = {name: _files_of(name, places, known, near) for name in asked}
    paths = tuple(dict.fromkeys(path for found in wants.values() for path in found))[:_FILES]
    texts = await code.read(paths) if paths else {}
    return await asyncio.to_thread(_answers, asked, known, wants, texts, near)


def _wants(files: Sequence[SourceFile], limits: RelatedLimits) -> tuple[Wanted, ...]:
    end = time.monotonic() + limits.seconds
    found: list[Wanted] = []
    for file in files:
        want = wanted(file, limits.names, limits.block_lines) if time.monotonic() < end else None
        if want is not None:
            found.append(want)
    return tuple(found)


def _word(name: str, known: frozenset[str]) -> str:
    """The last name in what was asked for; empty for a path."""
    if name in known:
        return ""
    words = _NAME.findall(name.partition("(")[0])
    return words[-1] if words else ""


def _files_of(name: str, places: Places, known: frozenset[str], near: str) -> list[str]:
    """Files to look into for one name: the one it names, or those that seem to define it, nearest first."""
    named = name.partition("::")[0].strip()
    if named in known:
        return [named]
    hits = places.defining.get(_word(name, known), ())
    return sorted({hit.path for hit in hits}, key=lambda path: (closeness(path, near, ""), path))[:3]


def _answers(
    asked: Sequence[str],
    known: frozenset[str],
    wants: Mapping[str, Sequence[str]],
    texts: Mapping[str, str | None],
    near: str,
) -> tuple[Related, ...]:
    read: dict[str, tuple[Symbols, list[str]]] = {}
    for path, text in texts.items():
        if text is not None:
            read[path] = (symbols_of(text, path) or Symbols(), masked(text).split("\n"))
    found: list[Related] = []
    for name in asked:
        for path in (path for path in wants[name] if path in read):
            symbols, lines = read[path]
            pieces = (
                [piece(RelatedKind.DEFINITION, name, path, _outline(symbols, lines), lines, for_path=near)]
                if name in known
                else _named(name, path, symbols, lines, near)
            )
            found += pieces
            if pieces:
                break
    return tuple(one for one in dict.fromkeys(found) if one.lines)


def _named(name: str, path: str, symbols: Symbols, lines: Sequence[str], near: str) -> list[Related]:
    """Definitions of one name in one file; where it says of what it is a part, those of that part."""
    parts = _NAME.findall(name.rpartition("::")[2].partition("(")[0] or name)
    same = [one for one in symbols.definitions if parts and one.name == parts[-1]]
    owned = [one for one in same if len(parts) > 1 and one.within == parts[-2]]
    return [
        piece(RelatedKind.DEFINITION, name, path, of_definition(one, symbols, lines), lines, for_path=near)
        for one in (owned or same)[:2]
    ]


def _outline(symbols: Symbols, lines: Sequence[str]) -> list[int]:
    """Heads of what a file defines, or its first lines."""
    heads = sorted({one.head for one in symbols.definitions})
    return heads[:_OUTLINE] if heads else list(range(1, min(len(lines), _OUTLINE) + 1))
