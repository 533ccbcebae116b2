"""Parsers of programming languages, each loaded when it is first asked for, and the bounds they run under.

A grammar is machine code that walks what strangers wrote: texts that would make it slow, or would make it use
up memory, are not given to it. What is *not* here: what a syntax tree means (workers.context.symbols).
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from types import MappingProxyType

from tree_sitter import Language, Parser, Tree

PARSE_LIMIT = 1_000_000
"""Bytes above which a text is not parsed."""
PARSE_SECONDS = 0.5
"""A text of that size takes about a fifth of it; one that is made to be hard takes minutes."""
DEEPEST_NESTING = 500
"""Brackets open at one time. People stay below 50; some grammars overflow the stack at ten thousands."""
LONGEST_OPEN_ANGLES = 1_500
"""Unclosed `<` between two ends of statements: memory for type arguments grows with their square."""

_CHUNK = 65_536
_STEPS = {**dict.fromkeys(b"([{", 1), **dict.fromkeys(b")]}", -1)}
_NO_BRACKET = bytes(set(range(256)) - set(_STEPS))
_NO_ANGLE = bytes(set(range(256)) - set(b"<>;{}"))


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a grammar comes from: a package, and its function that gives the language."""

    module: str
    function: str = "language"


_GRAMMARS: Mapping[str, _Source] = MappingProxyType(
    {
        "python": _Source("tree_sitter_python"),
        "javascript": _Source("tree_sitter_javascript"),
        "typescript": _Source("tree_sitter_typescript", "language_typescript"),
        "tsx": _Source("tree_sitter_typescript", "language_tsx"),
        "go": _Source("tree_sitter_go"),
        "rust": _Source("tree_sitter_rust"),
        "ruby": _Source("tree_sitter_ruby"),
        "c": _Source("tree_sitter_c"),
        "cpp": _Source("tree_sitter_cpp"),
        "java": _Source("tree_sitter_java"),
    }
)
_SUFFIXES_OF: Mapping[str, str] = MappingProxyType(
    {
        "python": "py pyi pyw",
        "javascript": "js jsx mjs cjs",
        "typescript": "ts mts cts",
        "tsx": "tsx",
        "go": "go",
        "rust": "rs",
        "ruby": "rb rake gemspec ru",
        "c": "c",
        "cpp": "cc cpp cxx c++ h hh hpp hxx h++ inl ipp tpp",
        "java": "java",
    }
)
_GRAMMAR_OF_SUFFIX: Mapping[str, str] = MappingProxyType(
    {suffix: name for name, suffixes in _SUFFIXES_OF.items() for suffix in suffixes.split()}
)


def grammar_of(path: str) -> str | None:
    """The grammar that reads a file, by its name; None where there is none.

    Finer than languages: JSX in TypeScript has a grammar of its own. Headers (`.h`) are read as C++.
    """
    stem, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return _GRAMMAR_OF_SUFFIX.get(suffix.lower()) if stem and dot else None


def parse(source: bytes, grammar: str, seconds: float = PARSE_SECONDS) -> Tree | None:
    """The syntax tree of a text; broken code has one too, with errors in it.

    Args:
        source: the text, any bytes; what is no UTF-8 becomes an error node.
        grammar: a name that `grammar_of` gave.
        seconds: of computing, after which the parser stops; a busy machine must not change what is found.

    Returns:
        None where the text is too large, too deeply nested or too hard.
    """
    if len(source) > PARSE_LIMIT or _is_too_deep(source):
        return None
    end = time.thread_time() + seconds
    try:
        return Parser(_language(grammar)).parse(
            lambda offset, _: source[offset : offset + _CHUNK],
            progress_callback=lambda _offset, _has_error: time.thread_time() > end,
        )
    except ValueError:  # the library's word for a parse that was stopped
        return None


@cache
def _language(grammar: str) -> Language:
    source = _GRAMMARS[grammar]
    return Language(getattr(importlib.import_module(source.module), source.function)())


def _is_too_deep(source: bytes) -> bool:
    """Whether brackets nest deeper than any person's; those in strings count too."""
    steps = (_STEPS[bracket] for bracket in source.translate(None, _NO_BRACKET))
    if max(accumulate(steps), default=0) > DEEPEST_NESTING:
        return True
    if source.count(b"<") <= LONGEST_OPEN_ANGLES:
        return False
    angles = source.translate(None, _NO_ANGLE).replace(b"{", b";").replace(b"}", b";")
    return any(run.count(b"<") - run.count(b">") > LONGEST_OPEN_ANGLES for run in angles.split(b";"))
