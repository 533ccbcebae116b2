"""What of a change no review has read yet, hunk by hunk.

A pull request is reviewed at every push, but most of it is the same as at the push before. *Same* is decided
on content, never on commits or line numbers: each hunk has a *mark*, a hash of its file's name and of its
lines without their numbers. So lines that drift, a rebase and a force push leave marks as they are, and only
what somebody wrote since is *fresh*. The marks of all that was read travel from review to review
(`Earlier.hunks`); nothing is kept of commits that may be gone.

A hunk was read before when its mark was, or when the same lines were read in a file of another name that no
longer has them: the file was renamed. Each such trace counts once, so a copy is fresh. Marks hold more than
the lines, because the same lines are not equally harmless everywhere:

- the functions, classes and blocks that they stand in (workers.context.nesting), and how often the same lines
  came before there: what was read in one function is fresh in another, and so is a second copy;
- the file's suffix and first folder, and whether it is a test or lies in a folder such as `.github`: a script
  that was read as an example is fresh where it would run;
- whether a model read them or analysers alone: a team that configures a model gets everything read by it.

A hunk that was read and is gone without another one in its place was taken back. That is a change like any
other: what is left of its file is to be read again, though none of it is fresh.

A changed picture has a mark too, of its bytes; pictures of the description are shown anew with each question.

Marks are long (128 bits), since whoever writes the change chooses the lines: with short ones somebody could
look for harmless lines that share their mark with harmful ones, and have the harmful ones pass as read.

What is *not* here: what follows for findings (workers.review.following, workers.review.matching).
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from bot.domain.diff import Diff, FileDiff, Hunk, LineKind
from bot.domain.finding import LineRange
from bot.parsing.telling_tests import is_for_tests
from workers.context.nesting import nests
from workers.ports import Image

MODEL = "model"
STATIC = "static"
"""Who reads: marks of one reader say nothing to the other."""

MOST_SECONDS: Final = 10.0
"""Of computing, for the places of all hunks; a change of hundreds of files takes about one."""
NO_TEXTS: Final[Mapping[str, str]] = MappingProxyType({})
_PATH_DIGITS = 12
_LINES_DIGITS = 32
_SIGNS = {LineKind.ADDED: "+", LineKind.REMOVED: "-", LineKind.CONTEXT: " "}
_WORD = re.compile(r"\w+")


def hunk_marks(file: FileDiff, reader: str = MODEL, text: str = "") -> tuple[str, ...]:
    """One mark for each hunk, in order: `PATH-LINES`, hexadecimal hashes of 12 and 32 digits.

    Args:
        file: what happened to the file; without hunks it has no marks.
        reader: `MODEL` or `STATIC`.
        text: the file at the head; empty where it is not known.
    """
    path = _digits(file.path, _PATH_DIGITS)
    kind = f"{reader} {_kind(file.path)}"
    times: Counter[tuple[str, str]] = Counter()
    marks: list[str] = []
    for hunk, place in zip(file.hunks, nests(file, text), strict=True):
        lines = "\n".join(f"{_SIGNS[line.kind]}{line.text}" for line in hunk.lines)
        times[place, lines] += 1
        what = json.dumps((kind, place, times[place, lines], lines))
        marks.append(f"{path}-{_digits(what, _LINES_DIGITS)}")
    return tuple(marks)


@dataclass(frozen=True, slots=True)
class Delta:
    """A change, held against what was read before.

    Attributes:
        marks: path -> mark of each hunk.
        pictures: path -> mark of a changed picture.
        read: marks, as they are now, of the hunks that were read before.
        fresh: path -> hunks that nobody has read; only files that have such.
        moved: path -> hunks that stand in this file for the first time, read elsewhere before or not.
        shrunk: paths of the change that have lost a hunk which was read: its lines changed, or went.
        lost: those of them in which a hunk was taken back and nothing is fresh.
        altered: whether any hunk that was read is gone: its lines changed, or it was taken back.
        reverted: whether in any file, be it in the change still or not, something was taken back.
        words: path -> every word in its fresh hunks.
        heirs: hash of a path that has lost hunks which were read -> files that have their lines now.
        gone: hashes of paths that have lost a hunk which was read and which no other file has now.
    """

    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)
    read: frozenset[str] = frozenset()
    fresh: Mapping[str, tuple[Hunk, ...]] = field(default_factory=dict)
    moved: Mapping[str, tuple[Hunk, ...]] = field(default_factory=dict)
    shrunk: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    altered: bool = False
    reverted: bool = False
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    heirs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is known of an earlier state: the whole change is new."""
        return not self.read and not self.altered

    def is_fresh(self, path: str) -> bool:
        """Whether a file has anything that nobody has read."""
        return path in self.fresh

    def is_to_read(self, path: str) -> bool:
        """Whether a file is not what it was when it was read."""
        return path in self.fresh or path in self.lost

    def touches(self, path: str, lines: LineRange | None) -> bool:
        """Whether lines of a file stand in a fresh hunk, at least in part."""
        return _stand_in(self.fresh.get(path, ()), lines)

    def is_new_in(self, path: str, lines: LineRange | None) -> bool:
        """Whether lines stand in a hunk that the file has for the first time: fresh, or from another file."""
        return _stand_in(self.moved.get(path, ()), lines)

    def has_lost(self, path: str) -> bool:
        """Whether a file, be it in the change still or not, has lost a hunk which was read."""
        return _digits(path, _PATH_DIGITS) in self.gone

    def now(self, path: str) -> frozenset[str]:
        """What a file may be called now, whose lines were read: its own name too, where the change has it."""
        own = frozenset({path}) & self.marks.keys()
        return own | self.heirs.get(_digits(path, _PATH_DIGITS), frozenset())

    def is_new_file(self, path: str) -> bool:
        """Whether nothing of a file was in it before: it is new, or was called otherwise."""
        return len(self.moved.get(path, ())) == len(self.marks.get(path, ())) > 0

    def read_with(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Marks of all that was read once these files were read too, sorted."""
        more = (
            mark for path in paths for mark in (*self.marks.get(path, ()), self.pictures.get(path)) if mark
        )
        return tuple(sorted(self.read.union(more)))

    def has_seen(self, picture: str) -> bool:
        """Whether a changed picture was looked at as it is now."""
        return self.pictures.get(picture) in self.read


def delta_of(
    diff: Diff,
    earlier: frozenset[str] = frozenset(),
    reader: str = MODEL,
    images: Iterable[Image] = (),
    texts: Mapping[str, str] = NO_TEXTS,
) -> Delta:
    """Sort the hunks of a change.

    Args:
        diff: the whole change, also what is left out of reviews: lines that moved there are not elsewhere.
        earlier: marks of what was read; of none, everything is fresh.
        reader: as in `hunk_marks`.
        images: pictures that come with the change.
        texts: path -> the file at the head, of those whose text is known.
    """
    bare = {file.path for file in diff.files if not file.hunks}
    pictures = {image.name: _picture_mark(image) for image in images if image.name in bare}
    return _sorted(diff, earlier, reader, pictures, texts)


def delta_at_rest(
    diff: Diff, earlier: frozenset[str], reader: str = MODEL, texts: Mapping[str, str] = NO_TEXTS
) -> Delta:
    """The same at the commit at which the marks were made: its pictures are those of then, at hand or not."""
    known = {_path(mark): mark for mark in earlier}
    at = {file.path: known.get(_digits(file.path, _PATH_DIGITS)) for file in diff.files if not file.hunks}
    return _sorted(diff, earlier, reader, {path: mark for path, mark in at.items() if mark}, texts)


def _sorted(
    diff: Diff,
    earlier: frozenset[str],
    reader: str,
    pictures: Mapping[str, str],
    texts: Mapping[str, str],
) -> Delta:
    files = {file.path: file for file in diff.files}
    marks = _marks(files, reader, texts)
    present = frozenset(mark for of_file in (*marks.values(), pictures.values()) for mark in of_file)
    read = present & earlier | _renamed(marks, earlier)
    fresh = _without(files, marks, read)
    gone = Counter(map(_path, earlier - present))
    heirs = _heirs(marks, read, earlier)
    away = Counter(_path(mark) for mark in earlier - present if mark in heirs)
    files_of: dict[str, set[str]] = {}
    for mark, path in heirs.items():
        files_of.setdefault(_path(mark), set()).add(path)
    taken_back = gone - away - Counter(map(_path, present - read))
    at = {_path(mark): path for mark, path in heirs.items()}
    at |= {_digits(path, _PATH_DIGITS): path for path in marks}
    return Delta(
        marks=marks,
        pictures=pictures,
        read=read,
        fresh=fresh,
        moved=_without(files, marks, earlier),
        shrunk=frozenset(at[path] for path in gone - away if path in at),
        lost=frozenset(path for path in map(at.get, taken_back) if path and marks[path]) - fresh.keys(),
        altered=bool(gone - away),
        reverted=bool(taken_back),
        words={path: words_of(hunks) for path, hunks in fresh.items()},
        heirs={path: frozenset(files) for path, files in files_of.items()},
        gone=frozenset(gone - away),
    )


def _marks(
    files: Mapping[str, FileDiff], reader: str, texts: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Of each file; texts that are made to be hard to read count as not known after a while."""
    end = time.thread_time() + MOST_SECONDS
    marks: dict[str, tuple[str, ...]] = {}
    for path, file in files.items():
        text = texts.get(path, "") if time.thread_time() < end else ""
        marks[path] = hunk_marks(file, reader, text)
    return marks


def _renamed(marks: Mapping[str, tuple[str, ...]], earlier: frozenset[str]) -> frozenset[str]:
    """Marks of hunks whose lines were read in another file that no longer has them."""
    present = {mark for of_file in marks.values() for mark in of_file}
    left = Counter(_lines(mark) for mark in earlier - present)
    renamed: list[str] = []
    for path in sorted(marks):
        for mark in marks[path]:
            if mark not in earlier and left[_lines(mark)] > 0:
                left[_lines(mark)] -= 1
                renamed.append(mark)
    return frozenset(renamed)


def _heirs(
    marks: Mapping[str, tuple[str, ...]], read: frozenset[str], earlier: frozenset[str]
) -> dict[str, str]:
    """Mark of a hunk that is gone -> path of the file that has its lines now, for the first time."""
    path_of = {
        _lines(mark): path
        for path, of_file in marks.items()
        for mark in of_file
        if mark in read and mark not in earlier
    }
    present = {mark for of_file in marks.values() for mark in of_file}
    return {mark: path_of[_lines(mark)] for mark in earlier - present if _lines(mark) in path_of}


def _without(
    files: Mapping[str, FileDiff], marks: Mapping[str, tuple[str, ...]], known: frozenset[str]
) -> dict[str, tuple[Hunk, ...]]:
    """The hunks whose marks are not among these, by file."""
    others = {
        path: tuple(hunk for hunk, mark in zip(file.hunks, marks[path], strict=True) if mark not in known)
        for path, file in files.items()
    }
    return {path: hunks for path, hunks in others.items() if hunks}


def _stand_in(hunks: Iterable[Hunk], lines: LineRange | None) -> bool:
    return lines is not None and any(hunk.cut(lines.side, lines.start, lines.end) for hunk in hunks)


def words_of(hunks: Iterable[Hunk]) -> frozenset[str]:
    """Every word of hunks, those of the function that they stand in among them."""
    texts = (text for hunk in hunks for text in (hunk.heading, *(line.text for line in hunk.lines)))
    return frozenset(word for text in texts for word in _WORD.findall(text))


def _kind(path: str) -> str:
    """What decides, beside its lines, how much harm a file can do."""
    pure = PurePosixPath(path)
    hidden = any(part.startswith(".") for part in pure.parts)
    folder = pure.parts[0] if len(pure.parts) > 1 else ""
    return f"{pure.suffix} {is_for_tests(path)} {hidden} {folder}"


def _picture_mark(image: Image) -> str:
    """The mark of a picture, made as those of hunks are."""
    return f"{_digits(image.name, _PATH_DIGITS)}-{hashlib.sha256(image.data).hexdigest()[:_LINES_DIGITS]}"


def _digits(text: str, count: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:count]


def _path(mark: str) -> str:
    return mark.partition("-")[0]


def _lines(mark: str) -> str:
    return mark.partition("-")[2]
