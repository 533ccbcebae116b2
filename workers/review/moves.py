"""Which renames put a text where it does something else, and such a file as it is reviewed: as a new one.

A diff shows nothing of a rename, or little. So an example that nobody has looked at could become a workflow,
a test helper part of the product. Where the kind of the name changes, all of the text is read. GitHub shows
none of these lines, so findings on them stand in the summary.
What is *not* here: what was read before of a file that is renamed (workers.review.delta).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from bot.domain.diff import Diff, FileDiff, FileStatus, Hunk, Line, LineKind
from bot.domain.review import NotRead
from bot.parsing.telling_tests import is_for_tests
from workers.analysers.languages import CPP, JAVASCRIPT, TYPESCRIPT, C, is_inert, language_of
from workers.ports import SourceFile
from workers.review.binaries import holds_no_text

_MOVED: Final = frozenset({FileStatus.RENAMED, FileStatus.COPIED})
_NEW: Final = frozenset({FileStatus.ADDED, FileStatus.COPIED})
_ASIDE: Final = frozenset({"doc", "docs", "example", "examples", "sample", "samples", "demo", "demos"})
"""Folders of what is shown to people and runs nowhere."""
_ALIKE: Final[Mapping[str, str]] = MappingProxyType(
    {TYPESCRIPT: JAVASCRIPT, C: CPP, ".yml": ".yaml", ".htm": ".html", ".scss": ".css", ".less": ".css"}
)
_CONFIGURATION: Final = frozenset(
    {".json", ".md", ".txt", ".toml", ".yaml", ".xml", ".ini", ".cfg", ".conf", ".properties"}
)
"""Suffixes of files that tools look for by their whole names."""
_LOOKED_FOR: Final = re.compile(
    r"(setup|conftest|noxfile|sitecustomize|usercustomize)\.py|build\.rs|extconf\.rb"
    r"|(gulp|grunt)file(\..+)?|.+\.config\.\w+"
)
"""Names of programs, in small letters, that tools run by themselves."""


def changes_role(file: FileDiff) -> bool:
    """Whether a file has come by a rename or a copy to where its text does something else than before.

    To where it does nothing by itself (prose, plain data, pictures), it has not.
    """
    if file.status not in _MOVED or _does_nothing(file.path):
        return False
    old = file.old_path
    return old is None or _does_nothing(old) or _role(old) != _role(file.path)


def is_new(file: FileDiff) -> bool:
    """Whether nothing that a file says of itself was said in this place before."""
    return file.status in _NEW or changes_role(file)


def shown_whole(source: SourceFile) -> SourceFile:
    """The file with all of its text in hunks: what the diff does not show is added. Empty, it has none."""
    lines = source.text.removesuffix("\n").split("\n") if source.text else []
    return SourceFile(replace(source.diff, hunks=tuple(_hunks(source.diff, lines))), source.text)


def with_whole(diff: Diff, files: Iterable[SourceFile], not_read: Iterable[NotRead]) -> Diff:
    """The change with such files as they are reviewed; of those that could not be read that is said.

    Args:
        files: what is reviewed of the change.
        not_read: what could not be.
    """
    moved = {file.path: file for file in diff.files if changes_role(file)}
    if not moved:
        return diff
    now = {file.path: file.diff for file in files if file.path in moved}
    now |= {
        rest.path: replace(moved[rest.path], hunks=(), unread=rest.reason)
        for rest in not_read
        if rest.path in moved
    }
    return replace(diff, files=tuple(now.get(file.path, file) for file in diff.files))


def looked_for(path: str) -> str:
    """The name, in small letters, of a program that tools run by themselves; empty for any other."""
    name = PurePosixPath(path.lower()).name
    return name if _LOOKED_FOR.fullmatch(name) else ""


def _does_nothing(path: str) -> bool:
    return is_inert(path) or holds_no_text(path)


def _role(path: str) -> tuple[str, str, bool, bool]:
    """What a text of this name does: where tools find it, how it is run, whether it is a test or aside."""
    file = PurePosixPath(path.lower())
    is_hidden = any(part.startswith(".") for part in file.parts)
    return (
        str(file) if is_hidden else "",
        _run_as(file),
        is_for_tests(path),
        not _ASIDE.isdisjoint(file.parts[:-1]),
    )


def _run_as(file: PurePosixPath) -> str:
    """The name where that decides, else the language, else the suffix."""
    suffix, language = _ALIKE.get(file.suffix, file.suffix), language_of(str(file))
    if (language and not suffix) or suffix in _CONFIGURATION or looked_for(file.name):
        return f"{file.stem}{suffix}"
    return _ALIKE.get(language, language) if language else suffix


def _hunks(file: FileDiff, lines: list[str]) -> Iterator[Hunk]:
    """The hunks of the diff, and around them what is only in the text."""
    following = 1
    for hunk in file.hunks:
        first = hunk.new_start if hunk.new_count else hunk.new_start + 1
        yield from _added(lines, following, first)
        yield hunk
        following = max(following, first + hunk.new_count)
    yield from _added(lines, following, len(lines) + 1)


def _added(lines: list[str], first: int, end: int) -> Iterator[Hunk]:
    """Lines from `first` to before `end` as a hunk; none where there is none."""
    added = tuple(
        Line(LineKind.ADDED, text, None, number)
        for number, text in enumerate(lines[first - 1 : end - 1], start=first)
    )
    if added:
        yield Hunk(0, 0, first, len(added), "", added, is_shown=False)
