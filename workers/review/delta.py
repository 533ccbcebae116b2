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
- the file's suffix and first folder, and whether it is a test, lies in a folder such as `.github`, or has a
  name that tools look for (`setup.py`): a script that was read as an example is fresh where it would run;
- whether a model read them or analysers alone: a team that configures a model gets everything read by it.

A hunk that was read and is gone without another one in its place was taken back. That is a change like any
other: what is left of its file is to be read again, though none of it is fresh.

Where a hunk stands is not known without its file's text, which GitHub does not always give, unless the file
begins with it. In a review such a hunk counts as not read, and the marks of before are *kept*: carried on, as
ones that nobody could compare. In a look at rest (`delta_at_rest`) the hunks are those of the review: their
lines speak for them, where that review knew their places.

A changed picture has a mark too, of its bytes; pictures of the description are shown anew with each question.

Marks are long (128 bits), since whoever writes the change chooses the lines: with short ones somebody could
look for harmless lines that share their mark with harmful ones, and have the harmful ones pass as read. The
part that is of lines alone is short (64 bits): it makes no line count as read that a review is to look at.

What is *not* here: what follows for findings (workers.review.following, workers.review.matching).
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from bot.domain.diff import Diff, FileDiff, Hunk, LineKind
from bot.domain.finding import LineRange
from bot.parsing.telling_tests import is_for_tests
from workers.context.nesting import nests
from workers.ports import Image
from workers.review.moves import looked_for

MODEL = "model"
STATIC = "static"
"""Who reads: marks of one reader say nothing to the other."""

MOST_SECONDS: Final = 10.0
"""Of computing, for the places of all hunks; a change of hundreds of files takes about one."""
NO_TEXTS: Final[Mapping[str, str]] = MappingProxyType({})
_PATH_DIGITS = 12
_PLACED_DIGITS = 32
_LINES_DIGITS = 16
_KEPT = "~"
"""At the end of a mark that nobody could compare with what is there now."""
_SIGNS = {LineKind.ADDED: "+", LineKind.REMOVED: "-", LineKind.CONTEXT: " "}
_WORD = re.compile(r"\w+")


def hunk_marks(file: FileDiff, reader: str = MODEL, text: str | None = "") -> tuple[str, ...]:
    """One mark for each hunk, in order: `PATH-PLACED-LINES`, hexadecimal hashes of 12, 32 and 16 digits.

    The second decides, and holds the place too; it is empty where that is not known. The third is of lines
    alone.

    Args:
        file: what happened to the file; without hunks it has no marks.
        reader: `MODEL` or `STATIC`.
        text: the file at the head; empty where none is to be read, None where it could not be had.
    """
    path = _digits(file.path, _PATH_DIGITS)
    kind = f"{reader} {_kind(file.path)}"
    times: Counter[tuple[str, str]] = Counter()
    marks: list[str] = []
    for hunk, place in zip(file.hunks, _places(file, text), strict=True):
        lines = "\n".join(f"{_SIGNS[line.kind]}{line.text}" for line in hunk.lines)
        placed = ""
        if place is not None:
            times[place, lines] += 1
            placed = _digits(json.dumps((kind, place, times[place, lines], lines)), _PLACED_DIGITS)
        marks.append(f"{path}-{placed}-{_digits(json.dumps((kind, lines)), _LINES_DIGITS)}")
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
        kept: marks of hunks that were read, of which it is not known whether they are there now.
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
    kept: frozenset[str] = frozenset()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is known of an earlier state: the whole change is new."""
        return not self.read and not self.altered and not self.kept

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
        """Marks of all that was read once these files were read too, and those that are kept, sorted."""
        more = (
            mark
            for path in paths
            for mark in (*self.marks.get(path, ()), self.pictures.get(path))
            if mark and _placed(mark)
        )
        return tuple(sorted(self.read.union(more, (f"{mark}{_KEPT}" for mark in self.kept))))

    def has_seen(self, picture: str) -> bool:
        """Whether a changed picture was looked at as it is now."""
        return self.pictures.get(picture) in self.read


def delta_of(
    diff: Diff,
    earlier: frozenset[str] = frozenset(),
    reader: str = MODEL,
    images: Iterable[Image] = (),
    texts: Mapping[str, str] = NO_TEXTS,
    unknown: Collection[str] = (),
) -> Delta:
    """Sort the hunks of a change.

    Args:
        diff: the whole change, also what is left out of reviews: lines that moved there are not elsewhere.
        earlier: marks of what was read; of none, everything is fresh.
        reader: as in `hunk_marks`.
        images: pictures that come with the change.
        texts: path -> the file at the head, of those whose text is known.
        unknown: paths of those whose text could not be had. Others without one have none.
    """
    bare = {file.path for file in diff.files if not file.hunks}
    pictures = {image.name: _picture_mark(image) for image in images if image.name in bare}
    files = {file.path: file for file in diff.files}
    marks, _ = _marks(files, reader, texts, unknown)
    return _sorted(files, marks, _compared(earlier), pictures, files.keys() & unknown)


def delta_at_rest(
    diff: Diff,
    earlier: frozenset[str],
    reader: str = MODEL,
    texts: Mapping[str, str] = NO_TEXTS,
    unknown: Collection[str] = (),
) -> Delta:
    """The same at the commit at which the marks were made: its pictures are those of then, at hand or not.

    So are its hunks: those of a file whose text could not be had are known by their lines.
    """
    known = {_path(mark): mark for mark in _compared(earlier)}
    at = {file.path: known.get(_digits(file.path, _PATH_DIGITS)) for file in diff.files if not file.hunks}
    files = {file.path: file for file in diff.files}
    marks, late = _marks(files, reader, texts, unknown)
    marks |= {path: _as_marked(marks[path], earlier) for path in files.keys() & {*unknown, *late}}
    return _sorted(files, marks, _compared(earlier), {path: mark for path, mark in at.items() if mark})


def without_text(paths: Iterable[str], texts: Mapping[str, str | None] | None) -> frozenset[str]:
    """Those of some paths whose text could not be had; None stands for no answer at all."""
    return frozenset(path for path in paths if texts is None or texts.get(path) is None)


def _sorted(
    files: Mapping[str, FileDiff],
    marks: dict[str, tuple[str, ...]],
    earlier: frozenset[str],
    pictures: Mapping[str, str],
    unknown: Collection[str] = (),
) -> Delta:
    present = frozenset(mark for of_file in (*marks.values(), pictures.values()) for mark in of_file)
    earlier = _as_now(earlier, present)
    kept = _of_files(earlier, unknown) - present
    earlier -= kept
    read = present & earlier | _renamed(marks, earlier)
    fresh = _without(files, marks, read)
    heirs = _heirs(marks, read, earlier)
    kept |= _with_lines(earlier - _of_files(earlier, files) - heirs.keys(), present)
    earlier -= kept
    gone = Counter(map(_path, earlier - present))
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
        kept=kept,
    )


def _marks(
    files: Mapping[str, FileDiff], reader: str, texts: Mapping[str, str], unknown: Collection[str]
) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """Of each file. Texts that are made to be hard to read count as none after a while: whose, is told."""
    end = time.thread_time() + MOST_SECONDS
    marks: dict[str, tuple[str, ...]] = {}
    late: set[str] = set()
    for path, file in files.items():
        if time.thread_time() >= end:
            late.add(path)
        text = None if path in unknown else "" if path in late else texts.get(path, "")
        marks[path] = hunk_marks(file, reader, text)
    return marks, frozenset(late)


def _places(file: FileDiff, text: str | None) -> tuple[str | None, ...]:
    """What each hunk stands in; None where that is not known. With nothing above it, it stands in nothing."""
    if text is not None:
        return nests(file, text)
    return tuple("" if hunk.new_start <= 1 else None for hunk in file.hunks)


def _as_marked(marks: tuple[str, ...], earlier: frozenset[str]) -> tuple[str, ...]:
    """Marks of a file as its hunks were marked at the same commit, each taken once; else as they are."""
    left: dict[tuple[str, str], list[str]] = {}
    for mark in sorted(earlier):
        if not mark.endswith(_KEPT) and _lines(mark):
            left.setdefault((_path(mark), _lines(mark)), []).append(mark)
    of_hunks = (left.get((_path(mark), _lines(mark))) for mark in marks)
    return tuple(found.pop(0) if found else mark for mark, found in zip(marks, of_hunks, strict=True))


def _compared(earlier: frozenset[str]) -> frozenset[str]:
    """Marks of before that can be compared by their places: those that were kept like the others."""
    return frozenset(mark.removesuffix(_KEPT) for mark in earlier if _placed(mark))


def _as_now(earlier: frozenset[str], present: frozenset[str]) -> frozenset[str]:
    """Marks of before, written as those of now: a release before wrote them without the lines."""
    now = {(_path(mark), _placed(mark)): mark for mark in present}
    return frozenset(now.get((_path(mark), _placed(mark)), mark) for mark in earlier)


def _of_files(marks: frozenset[str], paths: Iterable[str]) -> frozenset[str]:
    wanted = {_digits(path, _PATH_DIGITS) for path in paths}
    return frozenset(mark for mark in marks if _path(mark) in wanted)


def _with_lines(marks: frozenset[str], present: frozenset[str]) -> frozenset[str]:
    """Those of some marks whose lines stand somewhere, nobody knows in what."""
    wanted = {_lines(mark) for mark in present if not _placed(mark)}
    return frozenset(mark for mark in marks if _lines(mark) in wanted)


def _renamed(marks: Mapping[str, tuple[str, ...]], earlier: frozenset[str]) -> frozenset[str]:
    """Marks of hunks whose lines were read in another file that no longer has them."""
    present = {mark for of_file in marks.values() for mark in of_file}
    left = Counter(_placed(mark) for mark in earlier - present)
    renamed: list[str] = []
    for path in sorted(marks):
        for mark in marks[path]:
            if mark not in earlier and left[_placed(mark)] > 0:
                left[_placed(mark)] -= 1
                renamed.append(mark)
    return frozenset(renamed)


def _heirs(
    marks: Mapping[str, tuple[str, ...]], read: frozenset[str], earlier: frozenset[str]
) -> dict[str, str]:
    """Mark of a hunk that is gone -> path of the file that has its lines now, for the first time."""
    path_of = {
        _placed(mark): path
        for path, of_file in marks.items()
        for mark in of_file
        if mark in read and mark not in earlier
    }
    present = {mark for of_file in marks.values() for mark in of_file}
    return {mark: path_of[_placed(mark)] for mark in earlier - present if _placed(mark) in path_of}


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
    name = looked_for(path)
    return f"{pure.suffix} {is_for_tests(path)} {hidden} {folder}{'/' if name else ''}{name}"


def _picture_mark(image: Image) -> str:
    """The mark of a picture, made as those of hunks are."""
    return f"{_digits(image.name, _PATH_DIGITS)}-{hashlib.sha256(image.data).hexdigest()[:_PLACED_DIGITS]}"


def _digits(text: str, count: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:count]


def _path(mark: str) -> str:
    return mark.partition("-")[0]


def _placed(mark: str) -> str:
    return mark.partition("-")[2].partition("-")[0]


def _lines(mark: str) -> str:
    """Empty for a picture, and where a release before has made the mark."""
    return mark.partition("-")[2].partition("-")[2]
