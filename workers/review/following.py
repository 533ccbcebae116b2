"""Where the findings of earlier reviews stand now: lines move, files are renamed, code goes.

A finding is its quoted code, not a line number. It is looked for on its own side of the diff (removed code
that is put back is no removed code any more), first in its file, by whatever name that has now, then among
hunks that stand in another file for the first time: there code is that was moved. Code that is found nowhere
is gone. What could not be looked at is never gone. A picture is gone once it is another one.

`may_be_settled` says whether what was pushed since can have anything to do with a finding. Where it cannot,
nobody is asked: the finding stands, and a push that is about something else costs nothing.

What is *not* here: whether a finding still holds (workers.review.rechecking), and whether a new one is the
same (workers.review.matching).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, TypeAlias

from bot.domain.diff import Diff, FileDiff, FileStatus, Side
from bot.domain.finding import Finding, LineRange, MarkedFinding
from workers.context.symbols import is_telling
from workers.ports import SourceFile
from workers.review.delta import Delta
from workers.review.evidence import fingerprint
from workers.review.quotes import Haystack, Place
from workers.review.untrusted import one_line, visible

NOT_ASKED_AGAIN: Final = "could not be checked again"
"""How the reason of an open finding begins whose question is still to be asked."""
MOST_RETOLD: Final = 10
"""Earlier findings that one question of the find pass repeats."""
MOST_NAMES: Final = 5
"""New files that may be what a file is called now."""
_QUOTE_LIMIT: Final = 600
_CALLED: Final = re.compile(r"(\w+)\s*\(")
_PROPER: Final = re.compile(r"\b(?:[A-Z][A-Z0-9_]+|[A-Z]+[a-z0-9]\w*)\b")
_WORD: Final = re.compile(r"\w+")


_Place: TypeAlias = tuple[str, str, LineRange | None]
"""A kind of defect in some code, the file, and the lines."""


class Where(StrEnum):
    """What is known of a finding's code."""

    STANDS = "stands"
    GONE = "gone"
    UNKNOWN = "unknown"  # its file could not be looked at


@dataclass(frozen=True, slots=True)
class Followed:
    """A finding of an earlier review, with its path, lines and anchor as they are now.

    Attributes:
        file: what its file is called now; None where the change has it no more.
        perhaps: what its file may be called now, where that is not known.
        hidden: whether the diff has shown its code and shows it no more.
    """

    marked: MarkedFinding
    where: Where
    file: str | None = None
    perhaps: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """Every file in which it may be now."""
        return (self.file,) if self.file is not None else self.perhaps


def follow(
    told: Iterable[MarkedFinding], diff: Diff, files: Sequence[SourceFile], delta: Delta
) -> tuple[Followed, ...]:
    """Look for the code of each finding, in order.

    Args:
        told: findings that stood after the review before.
        diff: the whole change.
        files: those of its files whose text is known.
        delta: what of the change is new.
    """
    ground = _Ground(diff, _sources(diff, files), delta)
    at_home = [ground.at_home(marked) for marked in told]
    taken = {_place(one.marked) for one in at_home if one.where is Where.STANDS}
    return tuple(ground.elsewhere(one, taken) if one.where is Where.GONE else one for one in at_home)


def lost_sight(told: Iterable[MarkedFinding]) -> tuple[Followed, ...]:
    """The same where nothing could be looked at."""
    return tuple(Followed(marked, Where.UNKNOWN) for marked in told)


def may_be_settled(followed: Followed, delta: Delta) -> bool:
    """Whether what changed since can have mended a finding whose code stands as it did.

    It can where its file has a fresh hunk or lost one, where a fresh hunk elsewhere has a name that the
    finding hangs on, and where code that it may hang on was taken back. Also where a question is due.
    """
    marked, finding = followed.marked, followed.marked.finding
    if marked.disposition.reason.startswith(NOT_ASKED_AGAIN) or followed.hidden:
        return True
    if delta.is_fresh(finding.path) or finding.path in delta.shrunk:
        return True
    if delta.reverted and finding.needs:
        return True
    names = names_of(finding)
    return any(not names.isdisjoint(words) for words in delta.words.values())


def names_of(finding: Finding) -> frozenset[str]:
    """Names that a finding hangs on: those that its source would look up, what its code calls, and types."""
    needed = (words[-1] for need in finding.needs if (words := _WORD.findall(need)))
    quoted = (*_CALLED.findall(finding.quote), *_PROPER.findall(finding.quote))
    return frozenset(name for name in (*needed, *quoted) if is_telling(name))


def retold(told: Iterable[Followed], paths: Iterable[str]) -> str:
    """What the find pass is told of earlier findings in these files whose code has changed; may be empty."""
    wanted = frozenset(paths)
    changed = [one for one in told if one.where is Where.GONE and not wanted.isdisjoint(one.files)]
    if not changed:
        return ""
    title = "Reported earlier about code that has changed since; report it again only if it is still there:"
    return "\n".join([title, *(_retold(one) for one in changed[:MOST_RETOLD])])


def _retold(followed: Followed) -> str:
    finding = followed.marked.finding
    quote = "\n".join(f"    {line}" for line in visible(finding.quote)[:_QUOTE_LIMIT].split("\n"))
    return (
        f"- {one_line(followed.file or finding.path)}: {one_line(finding.claim)}\n  The lines were:\n{quote}"
    )


@dataclass(frozen=True, slots=True)
class _Ground:
    """The change as it is now, each file made ready for quotes once."""

    diff: Diff
    sources: Mapping[str, SourceFile]
    delta: Delta
    _haystacks: dict[str, Haystack] = field(default_factory=dict)

    def at_home(self, marked: MarkedFinding) -> Followed:
        """A finding in its own file, by whatever name that has now."""
        here = _file_of(marked.finding.path, self.diff)
        if here is None:
            return Followed(marked, Where.GONE)
        if marked.finding.lines is None and here.path in self.delta.pictures:
            where = Where.UNKNOWN if self.delta.has_seen(here.path) else Where.GONE
            return Followed(marked, where, here.path)
        if here.path not in self.sources:
            return Followed(marked, Where.UNKNOWN, here.path)
        place = self._find(marked.finding, here.path)
        return self._at(marked, here.path, place) if place else Followed(marked, Where.GONE, here.path)

    def elsewhere(self, gone: Followed, taken: set[_Place]) -> Followed:
        """One that is gone from its file, where its code is new and part of the change; else as it is.

        Args:
            taken: places of findings; one that was told of two copies does not follow the other one's.
        """
        lines = gone.marked.finding.lines
        if lines is None or (gone.file and lines.side is Side.LEFT):
            return self._lost(gone)  # a picture; or removed code that is back: the like elsewhere is another
        for path in sorted(self.delta.moved, key=lambda path: _unlike(path, gone.marked.finding.path)):
            place = self._find(gone.marked.finding, path) if path in self.sources else None
            if place and place.telling and self.delta.is_new_in(path, place.changed):
                found = self._at(gone.marked, path, place)
                if _place(found.marked) not in taken:
                    taken.add(_place(found.marked))
                    return found
        return self._lost(gone)

    def _lost(self, gone: Followed) -> Followed:
        """One that was found nowhere: gone, unless its file may be among those that are not known."""
        if gone.file is not None:
            return gone
        if self.diff.missing or any(file.unread for file in self.diff.files):
            return replace(gone, where=Where.UNKNOWN)
        path = gone.marked.finding.path
        new = (file for file in self.sources if self.delta.is_new_file(file))
        kin = sorted((file for file in new if _is_kin(file, path)), key=lambda file: _unlike(file, path))
        return replace(gone, perhaps=tuple(kin[:MOST_NAMES]))

    def _find(self, finding: Finding, path: str) -> Place | None:
        if path not in self._haystacks:
            source = self.sources[path]
            self._haystacks[path] = Haystack.of(source.diff, source.text)
        return self._haystacks[path].find(finding.quote, finding.lines.side if finding.lines else None)

    def _at(self, marked: MarkedFinding, path: str, place: Place) -> Followed:
        where = place.changed or place.lines
        anchor = self.sources[path].diff.anchor(where.side, where.start, where.end)
        finding = replace(marked.finding, path=path, lines=place.lines)
        moved = replace(marked, finding=finding, anchor=anchor)
        return Followed(moved, Where.STANDS, path, hidden=marked.anchor is not None and anchor is None)


def _place(marked: MarkedFinding) -> _Place:
    return fingerprint(marked.finding), marked.finding.path, marked.finding.lines


def _sources(diff: Diff, files: Sequence[SourceFile]) -> dict[str, SourceFile]:
    """Files in which a quote can be looked for; what is removed or has no changed lines holds none."""
    emptied = (file for file in diff.files if file.status is FileStatus.REMOVED or _is_unchanged(file))
    return {file.path: SourceFile(file, "") for file in emptied} | {file.path: file for file in files}


def _is_unchanged(file: FileDiff) -> bool:
    """Whether a file is in the change for its name or mode alone."""
    known = file.status is not FileStatus.MODIFIED and not file.unread
    return known and not (file.hunks or file.is_binary or file.is_submodule)


def _file_of(path: str, diff: Diff) -> FileDiff | None:
    """The file that had this name: it still has, or the change renames it."""
    renamed = (file for file in diff.files if file.status is FileStatus.RENAMED and file.old_path == path)
    return diff.file(path) or next(renamed, None)


def _is_kin(path: str, other: str) -> bool:
    """Whether two names may be those of one file."""
    return PurePosixPath(path).suffix == PurePosixPath(other).suffix


def _unlike(path: str, other: str) -> tuple[bool, bool, str]:
    """Sorts paths that are likely to be the same file first."""
    return PurePosixPath(path).name != PurePosixPath(other).name, not _is_kin(path, other), path
