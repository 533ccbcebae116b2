"""Packs changed files into questions under a token budget. Large files are split, first between hunks.

What is *not* here: which files belong to the review (workers.review.scope).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from bot.domain.diff import FileStatus, Line, LineKind
from bot.domain.review import NotRead
from bot.parsing.masking import masked
from bot.parsing.telling_tests import is_for_tests
from workers.context.enclosing import excerpts
from workers.ports import SourceFile
from workers.review.change import Limits, tokens
from workers.review.masked_files import masked_file
from workers.review.ordering import grouped
from workers.review.untrusted import one_line, visible

LINE_LIMIT = 2_000
"""Characters of one line that are shown."""
TEST_ENCLOSING_LINES = 15
"""Longest block shown whole around a hunk of a test: tests say what is meant, they are not in doubt."""
LEAST_TOKENS = 1_000
"""A bundle that is smaller than this is not halved: instructions and related code would be most of it."""
GAP = "⋯"
_MARKS = {LineKind.ADDED: "+", LineKind.REMOVED: "-", LineKind.CONTEXT: " "}


@dataclass(frozen=True, slots=True)
class Section:
    """One file, or a part of one, as a model sees it."""

    path: str
    text: str

    @property
    def tokens(self) -> int:
        """Estimated size."""
        return tokens(self.text)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The material of one question."""

    sections: tuple[Section, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Files that it holds, or holds a part of, in order."""
        return tuple(dict.fromkeys(section.path for section in self.sections))

    @property
    def tokens(self) -> int:
        """Estimated size."""
        return sum(section.tokens for section in self.sections)


@dataclass(frozen=True, slots=True)
class Packed:
    """All material of a review, and what did not fit."""

    bundles: tuple[Bundle, ...]
    not_read: tuple[NotRead, ...]


def pack(files: Sequence[SourceFile], limits: Limits) -> Packed:
    """What belongs together side by side, risky files first; what exceeds the whole budget is named."""
    kept: list[list[Section]] = []
    not_read = [cut for file in files for cut in cut_lines(file)]
    spent = 0
    for group in grouped(files):
        kept.append([])
        for section in (section for file in group for section in sections(file, limits)):
            if spent + section.tokens > limits.review_tokens:
                not_read.append(NotRead(section.path, "more than one review reads: split the change"))
            else:
                spent += section.tokens
                kept[-1].append(section)
    return Packed(tuple(_bundles(kept, limits.bundle_tokens)), tuple(dict.fromkeys(not_read)))


def sections(file: SourceFile, limits: Limits) -> tuple[Section, ...]:
    """A file in as few parts as the budget of one bundle allows."""
    around = TEST_ENCLOSING_LINES if is_for_tests(file.path) else limits.enclosing_lines
    # Masked as a whole: a key that is split between excerpts or questions would no longer look like one.
    shown = masked_file(file)
    pieces = [show(excerpt.lines, numbered=False) for excerpt in excerpts(shown.diff, shown.text, around)]
    room = limits.bundle_tokens - tokens(_title(file, 99, 99)) - 1
    parts = list(_grouped([part for piece in pieces for part in _split(piece, room)], room))
    return tuple(
        Section(file.path, f"{_title(file, number, len(parts))}\n{part}")
        for number, part in enumerate(parts, start=1)
    )


def show(lines: Iterable[Line], *, numbered: bool = True) -> str:
    """Lines as a model sees them: mark and code, as in a diff; `⋯` where code is left out.

    Args:
        numbered: whether each line starts with its number at the head, for a model that may look further.
    """
    shown: list[str] = []
    last: int | None = None
    for line in lines:
        number = line.new_number
        if number is not None:
            if last is not None and number > last + 1:
                shown.append(GAP)
            last = number
        text = _written_out(line)
        if len(text) > LINE_LIMIT:
            # Masked first: half a secret would no longer look like one.
            text = f"{masked(text)[:LINE_LIMIT]}… (the line goes on)"
        head = f"{number or '':>6} " if numbered else ""
        shown.append(f"{head}{_MARKS[line.kind]} {text}".rstrip())
    return "\n".join(shown)


def _written_out(line: Line) -> str:
    """A line as it is shown, but for its length: what is cut is told by the same measure."""
    return visible(line.text.removesuffix("\r").replace("\t", "    "))


def _title(file: SourceFile, part: int, parts: int) -> str:
    """`File: PATH (modified)`, with the old name and the part where there are such."""
    words = [file.diff.status.value.replace("_", " ")]
    if file.diff.status is FileStatus.RENAMED and file.diff.old_path:
        words = [f"renamed from {one_line(file.diff.old_path)}"]
    if parts > 1:
        words.append(f"part {part} of {parts}")
    return f"File: {one_line(file.path)}\n({', '.join(words)})"


def cut_lines(file: SourceFile) -> Iterator[NotRead]:
    """Changed lines whose end is not shown."""
    for line in file.diff.lines():
        if line.kind is not LineKind.CONTEXT and len(_written_out(line)) > LINE_LIMIT:
            yield NotRead(file.path, f"a line of it has more than {LINE_LIMIT} characters")
            return


def _split(piece: str, room: int) -> Iterator[str]:
    """A piece that is too large by itself, in runs of lines."""
    if tokens(piece) <= room:
        yield piece
        return
    run: list[str] = []
    size = 0
    for line in piece.split("\n"):
        cost = tokens(line) + 1
        if run and size + cost > room:
            yield "\n".join(run)
            run, size = [], 0
        run.append(line)
        size += cost
    yield "\n".join(run)


def _grouped(pieces: Sequence[str], room: int) -> Iterator[str]:
    """Pieces joined while they fit together."""
    group = ""
    for piece in pieces:
        joined = f"{group}\n{GAP}\n{piece}" if group else piece
        if group and tokens(joined) > room:
            yield group
            group = piece
        else:
            group = joined
    if group:
        yield group


def _bundles(groups: Iterable[Sequence[Section]], room: int) -> Iterator[Bundle]:
    """Groups in order, a new bundle where the next one does not fit; one that fits nowhere is split."""
    bundle: list[Section] = []
    for group in groups:
        whole = sum(section.tokens for section in group)
        for section in group:
            needed = whole if section is group[0] and whole <= room else section.tokens
            if bundle and sum(other.tokens for other in bundle) + needed > room:
                yield Bundle(tuple(bundle))
                bundle = []
            bundle.append(section)
    if bundle:
        yield Bundle(tuple(bundle))


def halves(bundle: Bundle) -> tuple[Bundle, ...]:
    """The same material as two bundles of about the same size, in order; none where it is too small for that.

    Between files where it holds several, else between lines, best where code is left out.
    """
    if bundle.tokens < LEAST_TOKENS:
        return ()
    parts = bundle.sections if len(bundle.sections) > 1 else _cut(bundle.sections[0])
    if len(parts) < 2:
        return ()
    sums = list(accumulate(part.tokens for part in parts))
    at = min(range(1, len(parts)), key=lambda end: abs(2 * sums[end - 1] - sums[-1]))
    return Bundle(parts[:at]), Bundle(parts[at:])


def _cut(section: Section) -> tuple[Section, ...]:
    """A section in two; itself where it has one line of code."""
    name, words, *rows = section.text.split("\n")
    if len(rows) < 2:
        return (section,)
    sums = list(accumulate(len(row) + 1 for row in rows))
    gaps = [at for at in range(1, len(rows)) if rows[at] == GAP and 1 / 4 < sums[at - 1] / sums[-1] < 3 / 4]
    at = min(gaps or range(1, len(rows)), key=lambda end: abs(2 * sums[end - 1] - sums[-1]))
    title = f"{name}\n{words.removesuffix(')')}"
    return tuple(
        Section(section.path, "\n".join([f"{title}, {which} half)", *some]))
        for which, some in (("first", rows[:at]), ("second", rows[at:]))
    )
