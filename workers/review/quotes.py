"""Where a quote stands in a file. The place is always worked out from the text, never taken from a model.

What is *not* here: what follows for a finding (workers.review.evidence).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.domain.diff import FileDiff, Line, LineKind, Side
from bot.domain.finding import LineRange
from bot.parsing.masking import masked
from workers.ports import SourceFile
from workers.review.masked_files import masked_file
from workers.review.untrusted import plain

SQUEEZED_LEAST = 12
"""Characters from which on a quote may also match with its white space ignored altogether."""
TELLING_LEAST = 8
"""Characters, blanks not counted, that a quote without a whole line must have."""
PLACES_MOST = 500
"""Places of one quote that are compared with each other; a quote with more says nothing."""
_NUMBERED = re.compile(r"^\s*\d+(?:\s*[|:]|\s(?=\s)|\s*[+-](?=\s|$)|\s*$)\s?")
_MARKED = re.compile(r"^\s{0,7}[+-](?:\s|$)|^[+-]")
_FENCE = re.compile(r"^\s*(```\w*|⋯|…)\s*$")
_HAS_A_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote was found.

    Attributes:
        lines: all of its lines.
        changed: those of them that this change added (RIGHT) or removed (LEFT); None when there are none.
        whole: whether the quote is these lines from end to end, not a part of them.
        telling: whether the quote says enough to be evidence: it holds a line from end to end, or it has some
            length and stands at no other place of this side of the file, or at no other one of its hunks.
        verbatim: whether the lines are also indented as the quote is, which tells apart lines that are alike.
    """

    lines: LineRange
    changed: LineRange | None
    whole: bool
    verbatim: bool = False
    telling: bool = False


@dataclass(frozen=True, slots=True)
class _Match:
    lines: Sequence[Line]
    whole: bool
    holds_line: bool


@dataclass(frozen=True, slots=True)
class _Stream:
    """Lines as one long text, white space as one blank or as none, and where in it each line starts and ends.

    Between pieces (hunks) stands a line feed, which no quote holds: none goes on from one piece to the next.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    lines: Sequence[Line]
    blank: str

    @classmethod
    def of(cls, pieces: Iterable[Iterable[Line]], blank: str) -> _Stream:
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        lines: list[Line] = []
        size = 0
        for piece in pieces:
            between = "\n"
            for line in piece:
                if not (text := normalised(line.text).replace(" ", blank)):
                    continue
                parts += (between, text)
                starts.append(size + len(between))
                size = starts[-1] + len(text)
                ends.append(size)
                lines.append(line)
                between = blank
        return cls("".join(parts), starts, ends, lines, blank)

    def matches(self, quote: str) -> Iterator[_Match]:
        """Every place of the quote; with blanks kept, only those that cut no word in two."""
        at = self.text.find(quote)
        while at >= 0:
            end = at + len(quote)
            if not self.blank or not (_inside_word(self.text, at) or _inside_word(self.text, end)):
                first = bisect_right(self.starts, at) - 1
                last = bisect_left(self.starts, end) - 1
                from_start, to_end = at == self.starts[first], end == self.ends[last]
                whole = from_start and to_end
                # Of two lines one is whole if the quote begins or ends with it; of three the middle one is.
                holds_line = whole or (last > first and (from_start or to_end or last > first + 1))
                yield _Match(self.lines[first : last + 1], whole, holds_line)
            at = self.text.find(quote, at + 1)


@dataclass(frozen=True, slots=True)
class Haystack:
    """One changed file, made ready for many quotes.

    Attributes:
        head: the file at the head, with blanks and without.
        old: the old side of each hunk, likewise.
        printed: each hunk as a diff prints it, likewise.
        added: numbers of the added lines, growing.
        shown: numbers of the lines that the diff shows, by side.
    """

    file: FileDiff
    head: tuple[_Stream, _Stream]
    old: tuple[_Stream, _Stream]
    printed: tuple[_Stream, _Stream]
    added: Sequence[int]
    shown: Mapping[Side, frozenset[int]]

    @classmethod
    def of(cls, file: FileDiff, text: str) -> Haystack:
        """From a file's diff and its text at the head (empty for a removed file), both as models see them."""
        shown = masked_file(SourceFile(file, text))
        head = [
            Line(LineKind.CONTEXT, line, None, number)
            for number, line in enumerate(shown.text.split("\n"), start=1)
        ]
        printed = [hunk.lines for hunk in shown.diff.hunks]
        old = [[line for line in lines if line.old_number is not None] for lines in printed]
        return cls(
            file,
            _both([head]),
            _both(old),
            _both(printed),
            sorted(file.changed_lines()),
            {
                side: frozenset(number for line in file.lines() if (number := line.number_on(side)))
                for side in Side
            },
        )

    def find(self, quote: str, side: Side | None = None) -> Place | None:
        """The best place of a quote: on added lines, else removed ones, else near the change, else anywhere.

        Of places that are alike, the one with the quote's indentation. Numbers, marks and code fences that
        were pasted along do no harm, and it makes no difference whether secrets in it are masked.

        Args:
            side: where it has to stand; None for either side.
        """
        quote = masked(quote)
        raw = _solid(quote.split("\n"))
        for reading in _readings(quote):
            found = [(self._right(match), match) for match in _search(self.head, reading)]
            found += [(place, match) for match in _search(self.old, reading) if (place := _left(match))]
            found += [
                (place, match)
                for match in _search(self.printed, reading)
                if (place := self._printed(match)).changed
            ]
            places = [
                replace(place, verbatim=_solid(line.text for line in match.lines) == raw)
                for place, match in found
                if side is None or place.lines.side is side
            ]
            if places:
                best = min(places, key=self._preference)
                long = len(reading.replace(" ", "")) >= TELLING_LEAST
                return replace(best, telling=best.telling or (long and self._is_unique(best, places)))
        return None

    def _is_unique(self, best: Place, places: Sequence[Place]) -> bool:
        """Whether a place is the only one on its side, in the whole file or in what the diff shows."""
        side = best.lines.side
        alike = {place.lines for place in places if place.lines.side is side}
        shown = {lines for lines in alike if lines.start in self.shown[side]}
        return len(alike) == 1 or shown == {best.lines}

    def _right(self, match: _Match) -> Place:
        """A match in the head's text."""
        numbers = [line.new_number for line in match.lines if line.new_number is not None]
        added = self.added[bisect_left(self.added, numbers[0]) : bisect_right(self.added, numbers[-1])]
        changed = LineRange(added[0], added[-1]) if added else None
        return Place(LineRange(numbers[0], numbers[-1]), changed, match.whole, telling=match.holds_line)

    def _printed(self, match: _Match) -> Place:
        """A match in a hunk as a diff prints it, removed and added lines together: its new side counts."""
        kept = [line for line in match.lines if line.new_number is not None]
        left = _left(match)
        if not kept and left is not None:
            return left
        return self._right(replace(match, lines=kept))

    def _preference(self, place: Place) -> tuple[int, bool, bool, int, int]:
        """Smaller is better: added, removed, in a hunk, elsewhere; then verbatim, whole, near added ones."""
        side, start = place.lines.side, place.lines.start
        if place.changed is not None:
            return (0 if side is Side.RIGHT else 1, not place.verbatim, not place.whole, 0, start)
        shown = start in self.shown[side] or place.lines.end in self.shown[side]
        at = bisect_left(self.added, start)
        distance = min((abs(number - start) for number in self.added[max(0, at - 1) : at + 1]), default=0)
        return (2 if shown else 3, not place.verbatim, not place.whole, distance, start)


def normalised(text: str) -> str:
    """The text with hidden characters gone and every run of white space as one blank."""
    return " ".join(plain(text).split())


def _solid(lines: Iterable[str]) -> list[str]:
    """Lines without blank ones and without white space at their ends; indentation stays."""
    return [line.rstrip() for line in lines if line.strip()]


def _readings(quote: str) -> Iterator[str]:
    """The quote as it stands, then without numbers, then without marks that were pasted along."""
    lines = [
        line for line in quote.replace("\r\n", "\n").split("\n") if line.strip() and not _FENCE.match(line)
    ]
    if not lines:
        return
    readings = [lines]
    if all(_NUMBERED.match(line) for line in lines):
        readings.append([_NUMBERED.sub("", line, count=1) for line in lines])
        readings.append([_MARKED.sub("", line) for line in readings[-1]])
    if any(_MARKED.match(line) for line in lines):
        kept = [line for line in lines if not line.lstrip().startswith("-")]
        readings += [[_MARKED.sub("", line) for line in some] for some in (kept, lines)]
    for reading in readings:
        if _HAS_A_WORD.search(text := normalised("\n".join(reading))):
            yield text


def _both(pieces: Sequence[Sequence[Line]]) -> tuple[_Stream, _Stream]:
    return _Stream.of(pieces, " "), _Stream.of(pieces, "")


def _search(streams: tuple[_Stream, _Stream], quote: str) -> list[_Match]:
    """Matches at ends of words; else, for a long quote, with white space ignored."""
    spaced, squeezed = streams
    found = list(islice(spaced.matches(quote), PLACES_MOST))
    short = quote.replace(" ", "")
    if not found and len(short) >= SQUEEZED_LEAST:
        found = list(islice(squeezed.matches(short), PLACES_MOST))
    return found


def _inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and _is_word(text[at - 1]) and _is_word(text[at])


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _left(match: _Match) -> Place | None:
    """A match in the old side of a hunk; counts only where it touches a removed line."""
    numbers = [line.old_number for line in match.lines if line.old_number is not None]
    removed = [line.old_number for line in match.lines if line.kind is LineKind.REMOVED and line.old_number]
    if not removed:
        return None
    lines = LineRange(numbers[0], numbers[-1], Side.LEFT)
    changed = LineRange(removed[0], removed[-1], Side.LEFT)
    return Place(lines, changed, match.whole, telling=match.holds_line)
