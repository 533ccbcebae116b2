"""Whether the work tree holds a change that a diff from elsewhere tells of.

A diff that is handed over may be of another branch than the one that is checked out: what stands in the files
then is the code before the change, and whoever looks at it finds nothing.
What is *not* here: reading the files (workers.context.local_git).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.diff import Diff, FileDiff, FileStatus
from workers.context.enclosing import fits

NOT_APPLIED = "the work tree does not hold this change"


def unapplied_named(diff: Diff, texts: Mapping[str, str | None]) -> Diff:
    """The diff, in which files that are not as it leaves them count as unread.

    Args:
        texts: the files of the work tree by path; None, or nothing, where there is none to read.
    """
    return replace(diff, files=tuple(_named(file, texts.get(file.path)) for file in diff.files))


def _named(file: FileDiff, text: str | None) -> FileDiff:
    return file if _may_be_applied(file, text) else replace(file, unread=file.unread or NOT_APPLIED)


def _may_be_applied(file: FileDiff, text: str | None) -> bool:
    """Whether nothing speaks against it. What cannot be read at all is named by the engine."""
    if not file.hunks or text is None:
        return True
    if file.status is FileStatus.REMOVED:
        return False
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if any(line.new_number is not None for line in file.lines()):
        return fits(file, lines)
    return not _are_there(file, lines)


def _are_there(file: FileDiff, lines: Sequence[str]) -> bool:
    """Whether lines that were removed, from a diff without any other, still stand where they stood."""
    return all(
        line.old_number is None
        or lines[line.old_number - 1 : line.old_number] == [line.text.removesuffix("\r")]
        for line in file.lines()
    )
