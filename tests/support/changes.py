"""Small changes made from texts: what git would say, without git."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.diff import Diff, FileDiff
from bot.parsing.diffs import parse_diff
from workers.ports import SourceFile
from workers.review.change import Change

Versions = Mapping[str, tuple[str | None, str | None]]
"""Path -> text at the base and at the head; None where the file does not exist."""


def diff_of(files: Versions) -> Diff:
    """The diff between two sets of texts."""
    return parse_diff("".join(_patch(path, base, head) for path, (base, head) in files.items()).encode())


def file_of(path: str, base: str | None, head: str | None) -> FileDiff:
    """The diff of one file."""
    return diff_of({path: (base, head)}).files[0]


def texts_of(files: Versions) -> Mapping[str, str]:
    """The texts at the head."""
    return {path: head or "" for path, (_, head) in files.items()}


def source_of(path: str, base: str | None, head: str | None) -> SourceFile:
    """One changed file with its text."""
    return SourceFile(file_of(path, base, head), head or "")


def change_of(files: Versions, title: str = "Change it", body: str = "") -> Change:
    """A change of these files."""
    return Change(title, body, "a" * 40, diff_of(files))


def _patch(path: str, base: str | None, head: str | None) -> str:
    kind = "new file mode 100644\n" if base is None else "deleted file mode 100644\n" if head is None else ""
    old = "/dev/null" if base is None else f"a/{path}"
    new = "/dev/null" if head is None else f"b/{path}"
    lines = difflib.unified_diff(_lines(base), _lines(head), old, new, lineterm="\n")
    body = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return f"diff --git a/{path} b/{path}\n{kind}{body}"


def _lines(text: str | None) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")[:-1]] if text else []


@dataclass(slots=True)
class TextReader:
    """A code reader over a dictionary; remembers what it was asked for."""

    texts: Mapping[str, str | None]
    asked: list[Sequence[str]] = field(default_factory=list)

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """The known texts."""
        self.asked.append(tuple(paths))
        return {path: self.texts.get(path) for path in paths}


def reader_of(files: Versions) -> TextReader:
    """A reader of the head's texts."""
    return TextReader({path: head for path, (_, head) in files.items()})
