"""Whether new lines fit the file that they would stand in: it parses as before, and imports no more.

Files of data are read as their format; of prose, brackets and quotes have to balance as before. Code that
nothing here can parse gets no new lines.
What is *not* here: Python's rules beyond its grammar (workers.analysers.python_syntax).
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from tree_sitter import Node

from workers.analysers.languages import CPP, JAVASCRIPT, PYTHON, C, is_inert, language_of
from workers.context.grammars import grammar_of, parse
from workers.context.symbols import Symbols
from workers.context.syntax import symbols_of
from workers.context.wanted import base_text
from workers.ports import SourceFile
from workers.review.data_files import reads_as_data
from workers.review.spots import Spot

_MOST_BROKEN = 1_000
_NOT_TORN = frozenset({PYTHON, C, CPP})
_PAIRS = ("()", "[]", "{}")
_QUOTES = "\"'`"
_PYTHON_IMPORT = re.compile(r"\s*(?:from|import)\s+([\w.]+)")
_NAMED = re.compile(r"""["'<]([^"'<>\n]+)["'>]""")
_STANDARD = re.compile(r"\s*(?:import\s+javax?\.|use\s+(?:std|core|alloc)::)|.*[\"']node:")
_IMPORTS = re.compile(
    r"\s*(?:import|from|#\s*include|use|using|require|include|source|load)\b", re.IGNORECASE
)


def misfit(spot: Spot, lines: Sequence[str]) -> str:
    """Why lines do not fit; empty where they do."""
    whole = spot.with_lines(lines)
    before, after = broken_places(spot.text, spot.path), broken_places(whole, spot.path)
    if before is None:
        return _misfit_of_plain(spot, lines, whole)
    if after is None or after > before:
        return "the file would no longer parse"
    return _misfit_of_symbols(spot, lines, whole)


def broken_places(text: str, path: str) -> int | None:
    """Places that the grammar of a file cannot read; None without a grammar, or if it could not be parsed."""
    grammar = grammar_of(path)
    tree = parse(text.encode("utf-8", "replace"), grammar) if grammar else None
    if tree is None:
        return None
    broken = 0
    left: list[Node] = [tree.root_node]
    while left and broken < _MOST_BROKEN:
        node = left.pop()
        broken += node.is_error or node.is_missing
        if node.has_error:
            left += node.children
    return broken


def is_torn(file: SourceFile) -> bool:
    """Whether a change brings in what the grammar of a file cannot read: nobody knows what is in there.

    Python has a tool that knows its grammar better. Half of all files of C and C++ have macros that no
    grammar can read, though nothing is wrong with them.
    """
    if language_of(file.path) in _NOT_TORN:
        return False
    now = _torn_places(file.text, file.path)
    return now > 0 and now > _torn_places(base_text(file), file.diff.old_path or file.path)


def _torn_places(text: str, path: str) -> int:
    """What no grammar of the language can read. JavaScript may have types, which its own does not know."""
    broken = broken_places(text, path) or 0
    if broken and language_of(path) == JAVASCRIPT:
        broken = min(broken, broken_places(text, f"{path}.tsx") or 0)
    return broken


def _misfit_of_plain(spot: Spot, lines: Sequence[str], whole: str) -> str:
    """What can be said of a file without a grammar: of data and prose, not of code."""
    current = spot.rows
    readable = reads_as_data(whole, spot.path)
    if readable is None and not is_inert(spot.path):
        return "nothing here can tell whether the file would still be valid"
    if readable is False:
        return "the file could not be read as what its name says"
    if readable is None and _balance(lines) != _balance(current):
        return "its brackets or quotes do not balance"
    if len({kind for text in (*lines, *current) if (kind := text[:1]) in (" ", "\t")}) > 1:
        return "it is indented in another way"
    if any(_IMPORTS.match(line) and line not in current for line in lines):
        return "it imports something"
    return ""


def _balance(lines: Iterable[str]) -> tuple[int, ...]:
    """Open brackets of each kind, and whether quotes of each kind are open."""
    counts = Counter(char for line in lines for char in line)
    brackets = (counts[pair[0]] - counts[pair[1]] for pair in _PAIRS)
    return (*brackets, *(counts[quote] % 2 for quote in _QUOTES))


def _misfit_of_symbols(spot: Spot, lines: Sequence[str], whole: str) -> str:
    before, after = symbols_of(spot.text, spot.path), symbols_of(whole, spot.path)
    if before is None or after is None:
        return "what it defines could not be found out"
    if _heads_around(spot, before) & {line.strip() for line in lines}:
        return "it repeats the code around the lines"
    new = [text for text in after.imports if text not in before.imports]
    if not all(_is_at_hand(text, before.imports) for text in new):
        return "it imports something that may not be there"
    return ""


def _heads_around(spot: Spot, symbols: Symbols) -> frozenset[str]:
    """Lines outside of the spot that begin a definition."""
    rows = spot.text.split("\n")
    heads = (one.head for one in symbols.definitions if not spot.first <= one.head <= spot.last)
    return frozenset(rows[head - 1].strip() for head in heads)


def _is_at_hand(text: str, known: Sequence[str]) -> bool:
    """Whether an import names what the file imports from already, or the language's own library."""
    if _STANDARD.match(text):
        return True
    module = _module(text)
    if module.partition(".")[0] in sys.stdlib_module_names:
        return True
    return bool(module) and module in {_module(other) for other in known}


def _module(text: str) -> str:
    """What an import names: in quotes or angles, as most languages have it, or as Python has it."""
    match = _NAMED.search(text) or _PYTHON_IMPORT.match(text)
    return match.group(1) if match else ""
