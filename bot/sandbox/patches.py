"""Git's own diff output, cut into files and numbered lines.

What is *not* here: reading diffs from anywhere else. Input is what `repositories` got from git a moment ago.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HUNK = re.compile(r"@@ -(?P<old>\d+)(,(?P<olds>\d+))? \+(?P<new>\d+)(,(?P<news>\d+))? @@")
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
            old, new = int(head["old"]), int(head["new"])
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
        # Git prints a change of type as a removal and an addition.
        parts = [next(sections) for _ in range(2 if letter == "T" else 1)]
        patches = [_patch(part) for part in parts]
        files.append(
            ChangedFile(
                path=path,
                old_path=old_path,
                status=_status(letter, only_mode=old_mode != new_mode and b"\nindex " not in parts[0]),
                sha=sha,
                additions=added or 0,
                deletions=removed or 0,
                is_binary=added is None,
                is_submodule=SUBMODULE in (old_mode, new_mode),
                patch="\n".join(one for one in patches if one is not None) or None,
            )
        )
    return tuple(files)


def hunk_ranges(patch: str) -> list[tuple[int, int, int, int]]:
    """(old start, old count, new start, new count) of every hunk."""
    heads = (_HUNK.match(line) for line in patch.split("\n") if line.startswith("@@"))
    return [
        (int(head["old"]), int(head["olds"] or 1), int(head["new"]), int(head["news"] or 1))
        for head in heads
        if head is not None
    ]


def _status(letter: str, *, only_mode: bool) -> str:
    """GitHub's word for git's letter. Copies are not asked for, so git reports none."""
    match letter:
        case "A":
            return "added"
        case "D":
            return "removed"
        case "R":
            return "renamed"
        case "M" if not only_mode:
            return "modified"
        case _:
            return "changed"  # in its mode or its type


def _raw(raw: bytes) -> Iterator[tuple[str, str, str, str, str | None, str]]:
    fields = iter(raw.split(b"\0")[:-1])
    for facts in fields:
        old_mode, new_mode, old_sha, new_sha, status = facts.decode().lstrip(":").split(" ")
        path = next(fields)
        old_path = path if status[0] == "R" else None
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
    # Every line of a file's content has a mark in front, so only headers can begin with this word.
    _, *sections = (b"\n" + diff).split(b"\ndiff --git ")
    return sections


def _patch(section: bytes) -> str | None:
    """Text behind the header. Only the header comes before a line that starts with `@@`."""
    _, head, rest = section.partition(b"\n@@ ")
    return _text(b"@@ " + rest).removesuffix("\n") if head else None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
