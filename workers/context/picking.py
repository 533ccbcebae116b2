"""Picks the related code of each changed file from the files in which it may stand, under a budget.

What is *not* here: which files those are (workers.context.places), and which lines of a piece are shown
(workers.context.cuts).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workers.context.cuts import around_call, of_definition, signature
from workers.context.defining import Closeness
from workers.context.pieces import Related, RelatedKind, RelatedLimits, piece
from workers.context.places import Places
from workers.context.symbol_tables import Kind
from workers.context.symbols import Definition, Role, Symbols
from workers.context.syntax import symbols_of
from workers.context.wanted import Alteration, Altered, Wanted, Wish
from workers.ports import Hit

_TESTS = 2
"""Places in tests shown of one changed file."""
_IN_VIEW = 0.7
"""A definition with this part of its lines in view needs no second showing."""
_ELSEWHERE_SHOWN = 100
_NO_SYMBOLS = Symbols()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A piece that may be given; the smaller `rank`, the sooner. `short` is a smaller cut of it."""

    rank: int
    hunk: int
    whole: Related
    short: Related


@dataclass(slots=True)
class Picker:
    """Reads each file once, whatever number of pieces stand in it.

    Attributes:
        texts: of files beside the changed ones; None where there is none.
    """

    wants: Sequence[Wanted]
    places: Places
    texts: Mapping[str, str | None]
    limits: RelatedLimits
    _read: dict[str, tuple[Symbols, list[str]]] = field(default_factory=dict)
    _end: float = 0.0

    def pick(self) -> dict[str, tuple[Related, ...]]:
        """Pieces by changed file, best first."""
        self._end = time.monotonic() + self.limits.seconds
        for want in self.wants:
            self._read[want.file.path] = (want.symbols, want.file.text.split("\n"))
        picked = {want.file.path: self._within_budget(self._candidates(want)) for want in self.wants}
        return {path: pieces for path, pieces in picked.items() if pieces}

    def _within_budget(self, candidates: Iterable[_Candidate]) -> tuple[Related, ...]:
        """The best ones that fit; one that does not is tried in its short form."""
        spent = 0
        by_hunk: Counter[int] = Counter()
        given: list[Related] = []
        taken: set[tuple[str, int]] = set()
        for candidate in sorted(candidates, key=lambda one: one.rank):
            for related in (candidate.whole, candidate.short):
                room = min(self.limits.file_tokens - spent, self.limits.hunk_tokens - by_hunk[candidate.hunk])
                if not related.lines or related.tokens > room:
                    continue
                if (related.path, related.start) not in taken:
                    taken.add((related.path, related.start))
                    given.append(related)
                    spent += related.tokens
                    by_hunk[candidate.hunk] += related.tokens
                break
        return tuple(given)

    def _candidates(self, want: Wanted) -> Iterator[_Candidate]:
        for altered in want.altered:
            yield from self._callers(altered, want)
        for wish in want.wishes:
            yield from self._definitions(wish, want)
        yield from self._tests(want)

    def _definitions(self, wish: Wish, want: Wanted) -> Iterator[_Candidate]:
        """Where a name is defined: in the changed file itself, or else in the nearest that defines it."""
        path = want.file.path
        own = [one for one in want.symbols.definitions if one.name == wish.name and _fits(one, wish)]
        if own:
            hidden = [one for one in own if not _is_in_view(one, want.shown)]
            if len(hidden) == len(own) <= self.limits.same_name:
                yield from (self._definition(one, wish, path, Closeness.SAME_FILE, want) for one in hidden)
            return
        for other, rank in self.places.definers(wish, want, self.limits):
            symbols, _ = self._file(other)
            found = [one for one in symbols.definitions if one.name == wish.name and _fits(one, wish)]
            if found:
                if len(found) <= self.limits.same_name:
                    yield from (self._definition(one, wish, other, rank, want) for one in found)
                return

    def _definition(
        self, one: Definition, wish: Wish, path: str, nearness: Closeness, want: Wanted
    ) -> _Candidate:
        symbols, lines = self._file(path)
        rank = {Role.CALL: 20, Role.TYPE: 35, Role.NAME: 37, Role.MEMBER: 60}[wish.role]
        rank = 40 if wish.is_gone else rank
        rank += 30 if nearness >= Closeness.ELSEWHERE and wish.role is not Role.CALL else int(nearness)
        whole, short = of_definition(one, symbols, lines), signature(one, lines)
        return self._candidate(RelatedKind.DEFINITION, wish.name, rank, wish.hunk, path, (whole, short), want)

    def _callers(self, altered: Altered, want: Wanted) -> Iterator[_Candidate]:
        """Places that use what was altered, each in its function; nearest first."""
        rank = {Alteration.REMOVED: 5, Alteration.SIGNATURE: 10, Alteration.BODY: 30}[altered.alteration]
        seen: set[tuple[str, int]] = set()
        for hit in self.places.users(altered, want, tests=False):
            symbols, lines = self._file(hit.path)
            if not _uses(symbols, hit, altered.name):
                continue
            numbers = around_call(hit.line, symbols, lines)
            if (hit.path, numbers[0]) in seen:
                continue
            seen.add((hit.path, numbers[0]))
            cuts = (numbers, [number for number in numbers if number in (numbers[0], hit.line)])
            yield self._candidate(
                RelatedKind.CALLER, altered.name, rank + len(seen) * 3, altered.hunk, hit.path, cuts, want
            )
            if len(seen) == self.limits.places:
                return

    def _tests(self, want: Wanted) -> Iterator[_Candidate]:
        """Places in tests that use what was altered."""
        given = 0
        for altered in want.altered:
            for hit in self.places.users(altered, want, tests=True)[:2]:
                symbols, lines = self._file(hit.path)
                if given < _TESTS and _uses(symbols, hit, altered.name):
                    given += 1
                    numbers = around_call(hit.line, symbols, lines)
                    cuts = (numbers, [number for number in numbers if number in (numbers[0], hit.line)])
                    yield self._candidate(
                        RelatedKind.TEST, altered.name, 50 + given, altered.hunk, hit.path, cuts, want
                    )
                    break

    def _candidate(
        self,
        kind: RelatedKind,
        name: str,
        rank: int,
        hunk: int,
        path: str,
        cuts: tuple[Sequence[int], Sequence[int]],
        want: Wanted,
    ) -> _Candidate:
        _, lines = self._file(path)
        whole, short = (piece(kind, name, path, cut, lines, for_path=want.file.path) for cut in cuts)
        other = next((other for other in self.wants if other.file.path == path and other is not want), None)
        if other is not None and set(whole.numbers) <= other.shown:
            rank += _ELSEWHERE_SHOWN
        return _Candidate(rank, hunk, whole, short)

    def _file(self, path: str) -> tuple[Symbols, list[str]]:
        """Symbols and lines of a file; nothing of one that is not at hand or comes after the time is over."""
        if path not in self._read:
            text = self.texts.get(path)
            if text is None or time.monotonic() > self._end:
                return _NO_SYMBOLS, []
            self._read[path] = (symbols_of(text, path) or _NO_SYMBOLS, text.split("\n"))
        return self._read[path]


def _fits(definition: Definition, wish: Wish) -> bool:
    """Whether a definition can be what a line means by the name."""
    if wish.role is Role.TYPE:
        return definition.kind in (Kind.CLASS, Kind.TYPE, Kind.CONSTANT)
    return wish.role is not Role.CALL or definition.kind is not Kind.CONSTANT


def _is_in_view(definition: Definition, shown: frozenset[int]) -> bool:
    lines = range(definition.head, definition.end + 1)
    return definition.head in shown and sum(1 for line in lines if line in shown) >= _IN_VIEW * len(lines)


def _uses(symbols: Symbols, hit: Hit, name: str) -> bool:
    """Whether the syntax tree agrees that a name is used on a line."""
    return any(use.name == name for use in symbols.uses.get(hit.line, ()))
