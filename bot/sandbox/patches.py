"""Git's own diff output, cut into files and numbered lines.

What is *not* here: reading diffs from anywhere else. Input is what `repositories` got from git a moment ago.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class PatchLine:
    """One line below the first `@@` of a file.

    Attributes:
        mark: space, `+`, `-`, `@` for a further hunk's head, or a backslash for git's remark.
        text: without the mark.
        position: GitHub's count from the first hunk's head, which is 0.
        hunk: 0-based number of its hunk.
    """

    mark: str
    text: str
    old: int | None
    new: int | None
    position: int
    hunk: int

    def number(self, side: str) -> int | None:
        """Its line number on LEFT or RIGHT."""
        return self.old if side == "LEFT" else self.new


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file of a diff.

    Attributes:
        sha: its blob at the head (at the base when removed; the commit for a submodule).
        patch: text from the first `@@` on, or None when there are no changed lines to show.
    """

    path: str
    old_path: str | None
    status: str
    sha: str
    additions: int
    deletions: int
    is_binary: bool
    is_submodule: bool
    patch: str | None

    def lines(self) -> list[PatchLine]:
        """Every line of the patch, heads of hunks included."""
        return [] if self.patch is None else list(read_patch(self.patch))


def read_patch(patch: str) -> Iterator[PatchLine]:
    """Number the lines of a patch that starts with `@@`."""
    old = new = 0
    hunk = -1
    for position, line in enumerate(patch.removesuffix("\n").split("\n")):
        mark, text = line[:1] or " ", line[1:]
        if mark == "@" and (head := _HUNK.match(line)):
            hunk += 1
            old, new = int(head[1]), int(head[3])
            yield PatchLine("@", line, None, None, position, hunk)
        elif mark == "\\":
            yield PatchLine(mark, text, None, None, position, hunk)
        else:
            yield PatchLine(
                mark, text, old if mark != "+" else None, new if mark != "-" else None, position, hunk
            )
            old += mark != "+"
            new += mark != "-"


def read_changes(raw: bytes, counts: bytes, diff: bytes) -> tuple[ChangedFile, ...]:
    """Put together `--raw -z`, `--numstat -z` and the patch, which list the files in the same order."""
    numbers = iter(_numstat(counts))
    sections = iter(_sections(diff))
    files = []
    for old_mode, new_mode, sha, letter, old_path, path in _raw(raw):
        added, removed = next(numbers)
        text = next(sections)
        if letter == "T":
            text += next(sections)  # git prints a change of type as a removal and an addition
        files.append(
            ChangedFile(
                path=path,
                old_path=old_path,
                status="changed" if _only_mode(letter, old_mode, new_mode, text) else _STATUS[letter],
                sha=sha,
                additions=added or 0,
                deletions=removed or 0,
                is_binary=added is None,
                is_submodule=SUBMODULE in (old_mode, new_mode),
                patch=_patch(text),
            )
        )
    return tuple(files)


def hunk_ranges(patch: str) -> list[tuple[int, int, int, int]]:
    """(old start, old count, new start, new count) of every hunk."""
    heads = (_HUNK.match(line) for line in patch.split("\n") if line.startswith("@@"))
    return [
        (int(head[1]), int(head[2] or 1), int(head[3]), int(head[4] or 1))
        for head in heads
        if head is not None
    ]


def _only_mode(letter: str, old_mode: str, new_mode: str, section: bytes) -> bool:
    return letter == "M" and old_mode != new_mode and b"\nindex " not in section


def _raw(raw: bytes) -> Iterator[tuple[str, str, str, str, str | None, str]]:
    fields = iter(raw.split(b"\0")[:-1])
    for facts in fields:
        old_mode, new_mode, old_sha, new_sha, status = facts.decode().lstrip(":").split(" ")
        path = next(fields)
        old_path = path if status[0] in "RC" else None
        if old_path is not None:
            path = next(fields)
        sha = old_sha if status[0] == "D" else new_sha
        yield old_mode, new_mode, sha, status[0], _text(old_path) if old_path else None, _text(path)


def _numstat(counts: bytes) -> Iterator[tuple[int | None, int | None]]:
    fields = iter(counts.split(b"\0")[:-1])
    for line in fields:
        added, removed, path = line.split(b"\t", 2)
        if not path:  # a rename: both names follow
            next(fields)
            next(fields)
        yield (None, None) if added == b"-" else (int(added), int(removed))


def _sections(diff: bytes) -> list[bytes]:
    parts = re.split(rb"(?m)^(?=diff --git )", diff)
    return [part for part in parts if part]


def _patch(section: bytes) -> str | None:
    """Text behind the header. Only the header comes before a line that starts with `@@`."""
    start = section.find(b"\n@@ ")
    return None if start < 0 else _text(section[start + 1 :]).removesuffix("\n")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
