"""Which lines look as if they define a name, and which files are close to each other: guessed from text.

The guesses decide what is read at all; whether it defines the name is then read from its syntax tree.
What is *not* here: syntax trees (workers.context.syntax).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from bot.parsing.telling_tests import is_test
from workers.context.grammars import grammar_of

_FAMILIES: Mapping[str, str] = MappingProxyType({"typescript": "javascript", "tsx": "javascript", "c": "cpp"})
"""Grammars whose files call each other."""
_WITH_BARE_HEADS = frozenset({"javascript", "cpp", "java", "go"})
"""Families whose methods begin with no keyword."""
_LONGEST = 300
_KEYWORD = re.compile(
    r"(?:^|[^\w.])(?:def|class|function\s*\*?|func(?:\s*\([^)]*\))?|fn|type|struct|enum|union|trait|interface"
    r"|module|record|const|static|let|var|val|macro_rules!|define|typedef|namespace|mod)\s+"
    r"(?:[\w.<>:*&\[\]]+\s+){0,4}(?:[\w:]+[.:])?[*&]*$"
)
_START = re.compile(r"^\s*(?:[\w<>\[\],.?&*:]+\s+){0,6}(?:[\w.$]+\.)?[*&]*[\"']?$")
_GIVEN = re.compile(r"[\"']?\s*(?::[^=]{1,80})?=(?![=>])|[\"']?\s*:\s*(?:async\s*)?(?:function|\()")
_GROUPED = re.compile(r"\s+(?:struct|interface|func)\b")
_TYPEDEF = re.compile(r"^\s*\}\s*$")
_NO_HEAD = re.compile(
    r"\s*(?:return|await|new|throw|else|yield|typeof|case|if|while|for|switch|catch|delete|assert|in)\b"
)
_BARE_HEAD = re.compile(r"^\s*(?:[\w<>\[\]?,.&*:~@$]+\s+){0,8}[*&#]*(?:[\w$]+::)*$")
_ARGUMENTS = re.compile(r"\s*(?:<[^>]{0,80}>)?\s*\([^;]*$")

_SECONDARY = re.compile(
    r"(^|/)(testing|testdata|fixtures?|mocks?|examples?|samples?|demos?|docs?|benchmarks?|vendor"
    r"|third[_-]?party|node_modules|dist|build|target)/|(^|/)conftest\.[^/]*$|\.min\.\w+$"
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


def seems_to_define(line: str, name: str, start: int, path: str) -> bool:
    """Whether a line seems to define the name that begins at an index of it."""
    if start > _LONGEST:
        return False
    before, after = line[:start], line[start + len(name) : start + len(name) + _LONGEST]
    if _KEYWORD.search(before) or (_START.match(before) and (_GIVEN.match(after) or _GROUPED.match(after))):
        return True
    if family(path) not in _WITH_BARE_HEADS:
        return False
    if _ARGUMENTS.match(after):
        return bool(_BARE_HEAD.match(before)) and not _NO_HEAD.match(line)
    return bool(_TYPEDEF.match(before)) and after.lstrip().startswith(";")


def closeness(path: str, near: str, imports: str) -> Closeness:
    """How near a file is to another one, given the text of that one's imports."""
    if path == near:
        return Closeness.SAME_FILE
    if _is_secondary(path) and not _is_secondary(near):
        return Closeness.SECONDARY
    if is_imported(path, imports):
        return Closeness.IMPORTED
    folder, near_folder = path.rpartition("/")[0], near.rpartition("/")[0]
    if folder == near_folder:
        return Closeness.SAME_FOLDER
    return (
        Closeness.SAME_PART
        if path.split("/", maxsplit=1)[0] == near.split("/", maxsplit=1)[0]
        else Closeness.ELSEWHERE
    )


def is_imported(path: str, imports: str) -> bool:
    """Whether a file, or the folder it stands for, is named among imports."""
    folder, _, base = path.rpartition("/")
    name = base.split(".")[0]
    if name in _STANDS_FOR_FOLDER or path.endswith(".go"):
        name = folder.rpartition("/")[2]
    return bool(name) and name in imports and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", imports))


def may_come_from(path: str, words: frozenset[str]) -> bool:
    """Whether a file can be what an import with these words means: it, or a folder it is in, is one of them.

    In Java the words of an import are whole names of files; elsewhere a package may hand on what its files
    define.
    """
    *folders, base = path.split("/")
    stem = base.split(".")[0]
    return stem in words or (not path.endswith(".java") and any(folder in words for folder in folders))


def _is_secondary(path: str) -> bool:
    """Whether other code seldom means what a file of this place defines."""
    return is_test(path) or _SECONDARY.search(path) is not None
