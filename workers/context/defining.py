"""Which lines look as if they define a name, and which files are close to each other: guessed from text.

They decide what is read at all; whether it defines the name is then read from its syntax tree.
What is *not* here: syntax trees (workers.context.syntax).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import cache
from pathlib import PurePosixPath
from types import MappingProxyType

from workers.context.grammars import grammar_of
from workers.ports import Hit

_FAMILIES: Mapping[str, str] = MappingProxyType(
    {"typescript": "javascript", "tsx": "javascript", "c": "cpp", "javascript": "javascript", "cpp": "cpp"}
)
"""Grammars whose files call each other."""
_WITH_BARE_HEADS = frozenset({"javascript", "cpp", "java", "go"})
"""Families whose methods begin with no keyword."""
_KEYWORD = (
    r"(?:^|[^\w.])(?:def|class|function\s*\*?|func(?:\s*\([^)]*\))?|fn|type|struct|enum|union|trait|interface"
    r"|module|record|const|static|let|var|val|macro_rules!|define|typedef|namespace|mod)\s+"
    r"(?:[\w.<>:*&\[\]]+\s+){0,4}?(?:[\w:]+[.:])?[*&]*(?:NAMES)(?!\w)"
)
_ASSIGNED = r"^\s*(?:export\s+|pub\s+)?(?:[\w.$]+\.)?(?:NAMES)\s*(?::[^=]{1,80})?=(?![=>])"
_PROPERTY = r"^\s*[\"']?(?:NAMES)[\"']?\s*:\s*(?:async\s*)?(?:function|\()"
_GROUPED = r"^\s*(?:NAMES)\s+(?:struct|interface|func)\b|^\}\s*(?:NAMES)\s*;"
_BARE_HEAD = (
    r"^(?!\s*(?:return|await|new|throw|else|yield|typeof|case|if|while|for|switch|catch|delete|assert)\b)"
    r"\s*(?:[\w<>\[\]?,.&*:~@$]+\s+){0,8}[*&#]*(?:[\w$]+::)*(?:NAMES)\s*(?:<[^>]{0,80}>)?\s*\([^;]*$"
)
_SECONDARY = re.compile(
    r"(^|/)(tests?|specs?|__tests__|testing|testdata|fixtures?|mocks?|examples?|samples?|demos?|docs?"
    r"|benchmarks?|vendor|third[_-]?party|node_modules|dist|build|target)(/|$)|[._-](test|tests|spec)\.\w+$"
    r"|(^|/)(test_|conftest\.)[^/]*$|_test\.\w+$|(^|/)[^/]*(Test|Tests|Spec|IT)\.\w+$|\.min\.\w+$",
)
_TEST = re.compile(
    r"(^|/)(tests?|specs?|__tests__)(/|$)|[._-](test|tests|spec)\.\w+$|(^|/)test_[^/]*$|_test\.\w+$"
    r"|(^|/)[^/]*(Test|Tests|Spec|IT)\.\w+$"
)
_STANDS_FOR_FOLDER = frozenset({"__init__", "index", "mod", "lib", "main"})


class Closeness(IntEnum):
    """How near one file is to another; the first is the nearest."""

    SAME_FILE = 0
    IMPORTED = 1
    SAME_FOLDER = 2
    SAME_PART = 3
    ELSEWHERE = 4
    SECONDARY = 5


def family(path: str) -> str | None:
    """Files of one family may define names for each other; None for a file without a grammar."""
    grammar = grammar_of(path)
    return _FAMILIES.get(grammar, grammar) if grammar else None


def is_test(path: str) -> bool:
    """Whether a path looks like that of a test."""
    return _TEST.search(path) is not None


class DefiningLines:
    """Finds which of some names a line seems to define."""

    def __init__(self, names: Iterable[str]) -> None:
        ordered = sorted(set(names), key=lambda name: (-len(name), name))
        self._names = f"(?P<name>{'|'.join(map(re.escape, ordered))})" if ordered else "(?P<name>(?!))"

    def name_on(self, line: str, path: str) -> str | None:
        """The name that a line of a file seems to define, or None."""
        for pattern in _patterns(self._names, family(path) in _WITH_BARE_HEADS):
            match = pattern.search(line)
            if match is not None:
                return match.group("name")
        return None


@cache
def _patterns(names: str, bare_heads: bool) -> tuple[re.Pattern[str], ...]:
    shapes = (_KEYWORD, _ASSIGNED, _PROPERTY, *((_BARE_HEAD,) if bare_heads else ()))
    return tuple(re.compile(shape.replace("(?:NAMES)", names)) for shape in shapes)


def looks_like_definition(hit: Hit, name: str) -> bool:
    """Whether the line of a hit seems to define a name."""
    return DefiningLines([name]).name_on(hit.text, hit.path) == name


def closeness(path: str, near: str, imports: str) -> Closeness:
    """How near a file is to another one, given the text of that one's imports."""
    if path == near:
        return Closeness.SAME_FILE
    if _SECONDARY.search(path) and not _SECONDARY.search(near):
        return Closeness.SECONDARY
    if _is_imported(PurePosixPath(path), imports):
        return Closeness.IMPORTED
    folder, near_folder = path.rpartition("/")[0], near.rpartition("/")[0]
    if folder == near_folder:
        return Closeness.SAME_FOLDER
    return Closeness.SAME_PART if folder.split("/")[0] == near_folder.split("/")[0] else Closeness.ELSEWHERE


def _is_imported(path: PurePosixPath, imports: str) -> bool:
    """Whether a file, or the folder it stands for, is named among imports."""
    stem = path.name.split(".")[0]
    names = [path.parent.name] if stem in _STANDS_FOR_FOLDER else [stem]
    if path.suffix == ".go":
        names = [path.parent.name]
    return any(name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", imports) for name in names)
