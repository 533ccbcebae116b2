"""Picks the related code of each changed file from the files in which it may stand, under a budget.

What is *not* here: which files those are (workers.context.places), and which lines of a piece are shown
(workers.context.cuts).
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.parsing.masking import masked
from bot.parsing.telling_tests import is_test
from workers.context.cuts import around_call, of_definition, of_head
from workers.context.defining import Closeness, is_imported
from workers.context.pieces import Related, RelatedKind, RelatedLimits, piece
from workers.context.places import Places
from workers.context.symbol_tables import Kind
from workers.context.symbols import Definition, Role, Symbols, Use, is_local
from workers.context.syntax import symbols_of
from workers.context.wanted import Alteration, Altered, Wanted, Wish
from workers.ports import Hit

_TESTS = 2
"""Places in tests shown of one changed file."""
_LESS_FOR_TESTS = 3
"""A changed test gets this part of the budget: few defects of it show in code elsewhere."""
_IN_VIEW = 0.7
"""A definition with this part of its lines in view needs no second showing."""
_ELSEWHERE_SHOWN = 100
_FAILURE = re.compile(r"(Error|Exception)$")
"""Classes that are all alike inside."""
_RANKS: Mapping[Role, int] = MappingProxyType({Role.CALL: 20, Role.TYPE: 35, Role.NAME: 37, Role.MEMBER: 60})
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
            self._read[want.file.path] = (want.symbols, masked(want.file.text).split("\n"))
        picked = {want.file.path: self._within_budget(want, self._candidates(want)) for want in self.wants}
        return {path: pieces for path, pieces in picked.items() if pieces}

    def _within_budget(self, want: Wanted, candidates: Iterable[_Candidate]) -> tuple[Related, ...]:
        """The best ones that fit; one that does not is tried in its short form."""
        spent = 0
        by_hunk: Counter[int] = Counter()
        given: list[Related] = []
        taken: set[tuple[str, int]] = set()
        most = self.limits.file_tokens // (_LESS_FOR_TESTS if is_test(want.file.path) else 1)
        most_of_hunk = max(self.limits.hunk_tokens, most // max(1, len(want.file.diff.hunks)))
        for candidate in sorted(candidates, key=lambda one: one.rank):
            for related in (candidate.whole, candidate.short):
                room = min(most - spent, most_of_hunk - by_hunk[candidate.hunk])
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
        yield from self._other_uses(want)

    def _definitions(self, wish: Wish, want: Wanted) -> Iterator[_Candidate]:
        """Where a name is defined: in the changed file itself, or else in the nearest that defines it."""
        path, name = want.file.path, wish.use.name
        own = [one for one in want.symbols.definitions if one.name == name and _fits(one, wish.use)]
        if own:
            hidden = [one for one in own if not _is_in_view(one, want.shown)]
            if len(hidden) == len(own) <= self.limits.same_name:
                yield from (self._definition(one, wish, path, Closeness.SAME_FILE, want) for one in hidden)
            return
        for other, rank in self.places.definers(wish.use, want, self.limits):
            symbols, _ = self._file(other)
            found = [one for one in symbols.definitions if one.name == name and _fits(one, wish.use)]
            if found:
                if len(found) <= self.limits.same_name:
                    yield from (self._definition(one, wish, other, rank, want) for one in found)
                return

    def _definition(
        self, one: Definition, wish: Wish, path: str, nearness: Closeness, want: Wanted
    ) -> _Candidate:
        symbols, lines = self._file(path)
        rank = 40 if wish.is_gone else _RANKS[wish.use.role]
        rank += 30 if nearness >= Closeness.ELSEWHERE and wish.use.role is not Role.CALL else int(nearness)
        short = of_head(one, lines) if one.kind in (Kind.FUNCTION, Kind.METHOD) else []
        whole = of_head(one, lines) if _FAILURE.search(one.name) else of_definition(one, symbols, lines)
        cuts = (whole, short)
        return self._candidate(RelatedKind.DEFINITION, wish.use.name, rank, wish.hunk, path, cuts, want)

    def _callers(self, altered: Altered, want: Wanted) -> Iterator[_Candidate]:
        """Places that use what was altered, each in its function; nearest first."""
        rank = {Alteration.REMOVED: 5, Alteration.SIGNATURE: 10, Alteration.BODY: 30}[altered.alteration]
        seen: set[tuple[str, int]] = set()
        for hit in self.places.users(altered, want, tests=False):
            symbols, lines = self._file(hit.path)
            if not self._is_use(symbols, hit, altered, want):
                continue
            numbers = around_call(hit.line, symbols, lines)
            if (hit.path, numbers[0]) in seen:
                continue
            seen.add((hit.path, numbers[0]))
            yield self._call(RelatedKind.CALLER, altered.name, rank + len(seen) * 3, altered.hunk, hit, want)
            if len(seen) == self.limits.places:
                return

    def _tests(self, want: Wanted) -> Iterator[_Candidate]:
        """Places in tests that use what was altered."""
        given = 0
        for altered in want.altered:
            for hit in self.places.users(altered, want, tests=True)[:2]:
                symbols, _ = self._file(hit.path)
                if given < _TESTS and self._is_use(symbols, hit, altered, want):
                    given += 1
                    yield self._call(RelatedKind.TEST, altered.name, 50 + given, altered.hunk, hit, want)
                    break

    def _other_uses(self, want: Wanted) -> Iterator[_Candidate]:
        """How unchanged code uses what changed lines call: what it checks before, and makes of it after."""
        given = 0
        for wish in want.wishes:
            if given == self.limits.uses:
                return
            if wish.use.role is not Role.CALL or not self.places.definers(wish.use, want, self.limits):
                continue
            for hit in self.places.others(wish.use, want)[:1]:
                symbols, _ = self._file(hit.path)
                uses = [use for use in symbols.uses.get(hit.line, ()) if use.name == wish.use.name]
                if any(use.role is Role.CALL for use in uses):
                    given += 1
                    yield self._call(RelatedKind.USE, wish.use.name, 31 + given, wish.hunk, hit, want)

    def _call(self, kind: RelatedKind, name: str, rank: int, hunk: int, hit: Hit, want: Wanted) -> _Candidate:
        """The lines around a place of use."""
        symbols, lines = self._file(hit.path)
        numbers = around_call(hit.line, symbols, lines)
        short = [number for number in numbers if number in (numbers[0], hit.line)]
        return self._candidate(kind, name, rank, hunk, hit.path, (numbers, short), want)

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

    def _is_use(self, symbols: Symbols, hit: Hit, altered: Altered, want: Wanted) -> bool:
        """Whether the syntax tree agrees that a line uses what was altered, not a namesake of it."""
        uses = [use for use in symbols.uses.get(hit.line, ()) if use.name == altered.name]
        if not any(_means(use, symbols, altered, hit) for use in uses):
            return False
        near = want.file.path
        return (
            self.places.is_one_thing(altered.name)
            or hit.path.rpartition("/")[0] == near.rpartition("/")[0]
            or is_imported(near, "\n".join(symbols.imports))
        )

    def _file(self, path: str) -> tuple[Symbols, list[str]]:
        """Symbols of a file and its masked lines; nothing where it is not at hand or the time is over."""
        if path not in self._read:
            text = self.texts.get(path)
            if text is None or time.monotonic() > self._end:
                return _NO_SYMBOLS, []
            self._read[path] = (symbols_of(text, path) or _NO_SYMBOLS, masked(text).split("\n"))
        return self._read[path]


def _fits(definition: Definition, use: Use) -> bool:
    """Whether a definition can be what a line means by the name, and says something."""
    if use.role is Role.MEMBER and definition.kind in (Kind.FUNCTION, Kind.METHOD):
        return False
    if definition.kind is Kind.CONSTANT:
        return use.role is not Role.CALL and (use.name[0].isupper() or definition.end > definition.head)
    return use.role is not Role.TYPE or definition.kind in (Kind.CLASS, Kind.TYPE)


def _is_in_view(definition: Definition, shown: frozenset[int]) -> bool:
    lines = range(definition.head, definition.end + 1)
    return definition.head in shown and sum(1 for line in lines if line in shown) >= _IN_VIEW * len(lines)


def _means(use: Use, symbols: Symbols, altered: Altered, hit: Hit) -> bool:
    """Whether a use is of the kind that what was altered has to fear."""
    if is_local(symbols, use):
        return False
    if altered.kind in (Kind.FUNCTION, Kind.METHOD):
        return use.role is not Role.MEMBER or use.of in ("self", "this")
    if altered.kind is Kind.CONSTANT or altered.alteration is Alteration.REMOVED:
        return True
    made = re.search(rf"(?<!\w){re.escape(use.name)}\s*(\{{|\(|::new|\.new)", hit.text)
    return use.role is Role.CALL or (made is not None and not hit.text.lstrip().startswith("func"))
