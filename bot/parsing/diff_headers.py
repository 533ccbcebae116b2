"""What git says about a file above its hunks: names, modes, blobs.

Names are taken from where git states them without doubt: `rename to` and `copy to`, else the two equal halves
of the `diff --git` line. So a path may contain ` b/`, spaces, quotes or bytes that are no UTF-8.

What is *not* here: hunks, and how files are told apart (bot.parsing.diffs).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.diff import FileStatus
from bot.errors import DiffError

GITLINK_MODE = "160000"

_PREFIXES = (
    "old mode ",
    "new mode ",
    "new file mode ",
    "deleted file mode ",
    "rename from ",
    "rename to ",
    "copy from ",
    "copy to ",
    "index ",
    "Binary files ",
    "GIT binary patch",
)
_EMPTY_BLOBS = (  # git's names of a blob without content, by SHA-1 and SHA-256
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
_NEED_NO_INDEX = (FileStatus.RENAMED, FileStatus.COPIED, FileStatus.MODE_CHANGED)
_INDEX = re.compile(r"([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: ([0-7]{6}))?")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_QUOTED_HALVES = re.compile(rf"({_QUOTED}) ({_QUOTED})")
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2}|.)", re.DOTALL)
_NAMED_ESCAPES = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the hunks of one file.

    Attributes:
        needs_hunks: whether lines changed, so that a file without hunks has lost them.
    """

    path: str
    old_path: str | None
    status: FileStatus
    is_binary: bool
    is_submodule: bool
    needs_hunks: bool


def read_header(text: str) -> Header:
    """The header of one file, from its `diff --git` line to its first hunk.

    Raises:
        DiffError: the file's name cannot be told.
    """
    first, *rest = text.split("\n")
    fields = {prefix: line[len(prefix) :] for line in rest for prefix in _PREFIXES if line.startswith(prefix)}
    status, old_path, path = _names(first.removeprefix("diff --git "), fields)
    index = _INDEX.fullmatch(fields.get("index ", ""))
    modes = {fields.get(prefix) for prefix in _PREFIXES[:4]} | ({index[3]} if index else set())
    is_binary = "Binary files " in fields or "GIT binary patch" in fields
    return Header(
        path=path,
        old_path=old_path,
        status=status,
        is_binary=is_binary,
        is_submodule=GITLINK_MODE in modes,
        needs_hunks=not is_binary and _changes_lines(status, fields, index),
    )


def unquote(name: str) -> str:
    """A path as git prints it, without the quotes and octal escapes of unusual ones.

    Bytes that are no UTF-8 become lone surrogates, as everywhere in a diff.
    """
    if not (len(name) >= 2 and name.startswith('"') and name.endswith('"')):
        return name
    raw = _ESCAPE.sub(_unescape, name[1:-1].encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def is_empty_blob(name: str) -> bool:
    """Whether this is git's (perhaps shortened) name of a blob without content."""
    return len(name) >= 4 and any(empty.startswith(name) for empty in _EMPTY_BLOBS)


def guess_name(first_line: str) -> str:
    """The best guess at a name for a header that cannot be read, so that the file can be reported at all."""
    rest = re.sub(r"^diff --(git|cc|combined) ", "", first_line)
    return unquote(rest.rpartition(" b/")[2].strip()) or "(unnamed)"


def _names(halves: str, fields: dict[str, str]) -> tuple[FileStatus, str | None, str]:
    """Status, old name where it differs, and name."""
    for word, status in (("rename", FileStatus.RENAMED), ("copy", FileStatus.COPIED)):
        if f"{word} from " in fields and f"{word} to " in fields:
            return status, unquote(fields[f"{word} from "]), unquote(fields[f"{word} to "])
    name = _same_name(halves)
    if "new file mode " in fields:
        return FileStatus.ADDED, None, name
    if "deleted file mode " in fields:
        return FileStatus.REMOVED, None, name
    mode_only = "old mode " in fields and "index " not in fields
    return (FileStatus.MODE_CHANGED if mode_only else FileStatus.MODIFIED), None, name


def _same_name(halves: str) -> str:
    """The name that both halves of a `diff --git` line hold: `a/NAME b/NAME`, with other prefixes or none."""
    quoted = _QUOTED_HALVES.fullmatch(halves)
    middle = len(halves) // 2
    left, right = (
        (unquote(quoted[1]), unquote(quoted[2])) if quoted else (halves[:middle], halves[middle + 1 :])
    )
    separated = quoted is not None or halves[middle : middle + 1] == " "
    if separated and left and left == right:
        return left
    old, new = left.partition("/")[2], right.partition("/")[2]
    if not (separated and old and old == new):
        raise DiffError("its name cannot be read from the diff")
    return old


def _changes_lines(status: FileStatus, fields: dict[str, str], index: re.Match[str] | None) -> bool:
    """Whether hunks must follow: blobs differ, and it is not about an empty file that comes or goes."""
    if index is None:
        return "index " in fields or status not in _NEED_NO_INDEX
    if status is FileStatus.ADDED:
        return not is_empty_blob(index[2])
    if status is FileStatus.REMOVED:
        return not is_empty_blob(index[1])
    return index[1] != index[2]


def _unescape(match: re.Match[bytes]) -> bytes:
    """One C escape as the byte it stands for; an unknown one is left as it is."""
    code = match[1]
    if len(code) == 3:
        return bytes([int(code, 8)])
    return bytes([_NAMED_ESCAPES[code]]) if code in _NAMED_ESCAPES else match[0]
