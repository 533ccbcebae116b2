"""Diff text into a `Diff`; the only user of unidiff.

Files are told apart here, on bytes, so that a damaged one does not take the others with it. unidiff reads
hunks only: headers are read by bot.parsing.diff_headers, since unidiff leaves quoted names quoted and guesses
where a name ends. Lines end at LF and nowhere else; a form feed, a lone CR or U+2028 is part of a line. Bytes
that are no UTF-8 become lone surrogates, so that nothing is lost.

What is *not* here: where a diff comes from (bot.github.pulls, the command line), what is worth reading of it
(workers.review.scope).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as ParsedHunk
from unidiff.patch import PatchSet

from bot.domain.diff import Diff, FileDiff, FileStatus, Hunk, Line, LineKind
from bot.errors import DiffError
from bot.parsing.diff_headers import guess_name, is_empty_blob, read_header

# What `git diff` must be called with: a user's own configuration can change every one of these.
GIT_DIFF_OPTIONS = (
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-relative",
    "--submodule=short",
    "--ignore-submodules=none",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--find-renames",
    "--unified=3",
    "--inter-hunk-context=0",
    "--full-index",
)

DAMAGED = "its diff is damaged or cut off"
COMBINED = "a combined diff of a merge says nothing about single lines"
REPEATED = "it appears more than once in the diff"
NO_PATCH = "GitHub gives no lines for it: it is too large"
PART_OF_PATCH = "GitHub gives only a part of its lines"

_FILE = re.compile(rb"^diff --(?:git|cc|combined) ", re.MULTILINE)
_HUNK = re.compile(rb"^@@ -\d", re.MULTILINE)
_SUBPROJECT = re.compile(r"Subproject commit [0-9a-f]{40,64}(?:-dirty)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAIL_SIGNATURE = "-- "
_KINDS = {" ": LineKind.CONTEXT, "+": LineKind.ADDED, "-": LineKind.REMOVED}
_STATUSES = {
    "added": FileStatus.ADDED,
    "removed": FileStatus.REMOVED,
    "modified": FileStatus.MODIFIED,
    "renamed": FileStatus.RENAMED,
    "copied": FileStatus.COPIED,
    "changed": FileStatus.MODE_CHANGED,
    "unchanged": FileStatus.MODIFIED,
}


def parse_diff(raw: bytes) -> Diff:
    """The files of git's output, or of GitHub's diff media type, in their order.

    A file whose part cannot be read comes with `unread` and without hunks; the others are not touched by it.
    Text above the first file (a commit message) is passed over.

    Raises:
        DiffError: there is text, but no file in git's format.
    """
    borders = [*(match.start() for match in _FILE.finditer(raw)), len(raw)]
    preamble, chunks = raw[: borders[0]], (raw[start:end] for start, end in pairwise(borders))
    if _HUNK.search(preamble) or (len(borders) == 1 and preamble.strip()):
        raise DiffError("this is not the output of git diff: a file does not start with 'diff --git'")
    return Diff(_join_type_changes(_file(chunk) for chunk in chunks))


def parse_patch(
    path: str,
    *,
    old_path: str | None,
    status: str,
    patch: str | None,
    changes: int,
    blob: str | None = None,
) -> FileDiff:
    """One entry of GitHub's list-files answer.

    Args:
        path: `filename`.
        old_path: `previous_filename`, or None.
        status: added, removed, modified, renamed, copied, changed or unchanged.
        patch: hunks without a file header, or None where GitHub left them out.
        changes: GitHub's own count of added and removed lines; 0 for binary files.
        blob: `sha` of the entry, which tells an empty file from a binary one; None when it is not known.
    """
    file = FileDiff(path, _STATUSES.get(status, FileStatus.MODIFIED), old_path=old_path)
    if not patch:
        return _without_patch(file, changes, blob)
    try:
        hunks = _hunks(patch)
    except DiffError as error:
        return replace(file, unread=str(error))
    file = replace(file, hunks=hunks)
    changed = [line for line in file.lines() if line.kind is not LineKind.CONTEXT]
    if len(changed) < changes:
        return replace(file, hunks=(), unread=PART_OF_PATCH)
    if file.status is FileStatus.MODE_CHANGED and changed:
        file = replace(file, status=FileStatus.MODIFIED)
    is_submodule = 0 < len(changed) <= 2 and all(_SUBPROJECT.fullmatch(line.text) for line in file.lines())
    return replace(file, is_submodule=is_submodule)


def _without_patch(file: FileDiff, changes: int, blob: str | None) -> FileDiff:
    """What can be known of a file that GitHub gives no lines for."""
    if changes > 0:
        return replace(file, unread=NO_PATCH)
    whole = (FileStatus.ADDED, FileStatus.REMOVED)
    is_empty = file.status in whole and blob is not None and is_empty_blob(blob)
    is_binary = file.status in (*whole, FileStatus.MODIFIED) and not is_empty
    return replace(file, is_binary=is_binary)


def _file(chunk: bytes) -> FileDiff:
    """One file of a diff; never fails, so that it cannot hide the others."""
    text = chunk.decode("utf-8", "surrogateescape")
    first = text.partition("\n")[0]
    if not first.startswith("diff --git "):
        return FileDiff(guess_name(first), FileStatus.MODIFIED, unread=COMBINED)
    above, at, below = text.partition("\n@@ ")
    try:
        header = read_header(above)
    except DiffError as error:
        return FileDiff(guess_name(first), FileStatus.MODIFIED, unread=str(error))
    file = FileDiff(
        header.path,
        header.status,
        old_path=header.old_path,
        is_binary=header.is_binary,
        is_submodule=header.is_submodule,
    )
    if not at:
        return replace(file, unread=DAMAGED) if header.needs_hunks else file
    try:
        return replace(file, hunks=_hunks("@@ " + below))
    except DiffError as error:
        return replace(file, unread=str(error))


def _hunks(body: str) -> tuple[Hunk, ...]:
    """Every hunk of one file.

    Raises:
        DiffError: a hunk is shorter or longer than it says, or something else stands between or behind them.
    """
    try:
        parsed = PatchSet.from_string("--- a\n+++ b\n" + body)[0]
    except (UnidiffParseError, ValueError) as error:  # ValueError: a line number of thousands of digits
        raise DiffError(DAMAGED) from error
    # unidiff passes over what stands behind the last hunk: lines that a hunk has too many of would be lost.
    behind = body.split("\n")[sum(1 + len(hunk) for hunk in parsed) :]
    if any(behind) and behind[0] != _MAIL_SIGNATURE:
        raise DiffError(DAMAGED)
    return tuple(_hunk(hunk) for hunk in parsed)


def _hunk(parsed: ParsedHunk) -> Hunk:
    """A hunk in our words. The heading is no evidence and may be cut inside a character: it is mended."""
    heading = _SURROGATE.sub("\ufffd", parsed.section_header.strip())
    return Hunk(
        parsed.source_start,
        parsed.source_length,
        parsed.target_start,
        parsed.target_length,
        heading,
        tuple(
            Line(kind, line.value.removesuffix("\n"), line.source_line_no, line.target_line_no)
            for line in parsed
            # None: the marker of a missing final newline, or an empty line behind the hunk
            if (kind := _KINDS.get(line.line_type))
        ),
    )


def _join_type_changes(files: Iterable[FileDiff]) -> tuple[FileDiff, ...]:
    """Make one modified file of the two entries that git prints when a file becomes a link or the like."""
    joined: dict[str, FileDiff] = {}
    for file in files:
        before = joined.get(file.path)
        joined[file.path] = file if before is None else _join(before, file)
    return tuple(joined.values())


def _join(before: FileDiff, after: FileDiff) -> FileDiff:
    """One entry for a path that has two."""
    if (before.status, after.status) != (FileStatus.REMOVED, FileStatus.ADDED):
        return replace(after, hunks=(), unread=REPEATED)
    unread = before.unread or after.unread
    return replace(
        after,
        status=FileStatus.MODIFIED,
        hunks=() if unread else before.hunks + after.hunks,
        is_binary=before.is_binary or after.is_binary,
        is_submodule=before.is_submodule or after.is_submodule,
        unread=unread,
    )
