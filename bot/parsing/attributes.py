"""Which files a repository itself calls generated or vendored: the linguist flags of its `.gitattributes`.

Only the file of the base branch counts, so that a change cannot hide its own files. A pattern means what it
means in a .gitignore, which differs from git's reading in one way: it also covers what lies below a folder.
What is *not* here: every other attribute.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.parsing.paths import matching_paths, pattern_problem

NAME = ".gitattributes"
MAX_RULES = 200
MAX_SIZE = 64 * 1024
_WORDS = {"linguist-generated": "generated", "linguist-vendored": "vendored"}


@dataclass(frozen=True, slots=True)
class Flag:
    """One statement about paths.

    Attributes:
        matches: takes a path relative to the folder of the file.
        word: `generated` or `vendored`.
        is_set: False where the repository says that a path is not so, None where it takes back what it said.
    """

    matches: Callable[[str], str | None]
    word: str
    is_set: bool | None


def flags_of(text: str) -> tuple[Flag, ...]:
    """The linguist flags of one file, in order.

    None at all where the file is too long or a flag of it cannot be understood: what is lost might take a
    flag back, and a file that is read for nothing does less harm than one that hides.
    """
    found: list[Flag] = []
    for line in text.split("\n") if len(text) <= MAX_SIZE else ():
        pattern, *attributes = _parts(line)
        states = [state for word in attributes if (state := _state(word))]
        if not states:
            continue
        if pattern_problem(pattern) is not None or pattern.startswith("!") or len(found) >= MAX_RULES:
            return ()
        matches = matching_paths([pattern], NAME)
        found += [Flag(matches, word, is_set) for word, is_set in states]
    return tuple(found)


def flagged(files: Mapping[str, Sequence[Flag]]) -> Callable[[str], str | None]:
    """A function that gives, for a path, `generated` or `vendored`, "" where it is said to be none, or None.

    Args:
        files: folder (empty for the root) -> flags of the file that lies in it, none where there is no such
            file. The nearest file decides; below a folder that was not looked at nothing is known.
    """

    def find(path: str) -> str | None:
        parents = [str(parent) for parent in PurePosixPath(path).parents]
        folders = ["" if parent == "." else parent for parent in parents]
        if any(folder not in files for folder in folders):
            return None
        for folder in folders:
            for flag in reversed(files[folder]):
                if flag.matches(path[len(folder) :].lstrip("/")):
                    return flag.word if flag.is_set else None if flag.is_set is None else ""
        return None

    return find


def places(paths: Sequence[str], most: int = 100) -> tuple[str, ...]:
    """Where files of this kind may lie that speak about these paths, the root first."""
    folders = {parent for path in paths for parent in PurePosixPath(path).parents}
    nearest = sorted(folders, key=lambda folder: (len(folder.parts), str(folder)))
    return tuple(NAME if str(folder) == "." else f"{folder}/{NAME}" for folder in nearest[:most])


def _parts(line: str) -> list[str]:
    """Pattern and attributes. A pattern with blanks stands in double quotes; without an end it is none."""
    if not line.strip() or line.lstrip().startswith("#"):
        return [""]
    try:
        return shlex.split(line) if line.startswith('"') else line.split()
    except ValueError:
        return ["", *line.split()[1:]]


def _state(attribute: str) -> tuple[str, bool | None] | None:
    name, _, value = attribute.lstrip("-!").partition("=")
    if name not in _WORDS:
        return None
    if attribute.startswith("!"):
        return _WORDS[name], None
    return _WORDS[name], not attribute.startswith("-") and value.lower() != "false"
