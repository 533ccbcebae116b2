"""Where names stand in the repository: which places seem to define them, which use them, and how near.

What is *not* here: reading these places (workers.context.picking).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from workers.context.defining import Closeness, DefiningLines, closeness, family, is_test
from workers.context.pieces import RelatedLimits
from workers.context.wanted import Altered, Wanted, Wish
from workers.context.words import whole_words
from workers.ports import Hit

_CANDIDATES = 3
"""Files read to find one definition."""
_COMMON = 80
"""Places above which a name is so common that only those near the change mean it."""
_FAR = Closeness.ELSEWHERE


@dataclass(frozen=True, slots=True)
class Places:
    """Hits of one search, sorted.

    Attributes:
        defining: name -> places that seem to define it.
        using: name -> all other places.
    """

    defining: Mapping[str, Sequence[Hit]] = field(default_factory=dict)
    using: Mapping[str, Sequence[Hit]] = field(default_factory=dict)

    @classmethod
    def of(cls, hits: Iterable[Hit], names: Sequence[str]) -> Places:
        """Sort the hits of a search for `names`."""
        defining: dict[str, list[Hit]] = defaultdict(list)
        using: dict[str, list[Hit]] = defaultdict(list)
        lines, words = DefiningLines(names), whole_words(names)
        for hit in hits:
            defined = lines.name_on(hit.text, hit.path)
            if defined is not None:
                defining[defined].append(hit)
            for name in set(words.findall(hit.text)) - {defined}:
                using[name].append(hit)
        return cls(defining, using)

    def definers(self, wish: Wish, want: Wanted, limits: RelatedLimits) -> tuple[tuple[str, Closeness], ...]:
        """Files that may define a name, nearest first; none where too many are equally near."""
        near = want.file.path
        paths = {hit.path for hit in self.defining.get(wish.name, ()) if family(hit.path) == family(near)}
        ranked = sorted((closeness(path, near, want.imports), path) for path in paths - {near})
        if not ranked:
            return ()
        nearest = ranked[0][0]
        if sum(1 for rank, _ in ranked if rank == nearest) > limits.same_name:
            return ()
        return tuple((path, rank) for rank, path in ranked[:_CANDIDATES])

    def users(self, altered: Altered, want: Wanted, *, tests: bool) -> list[Hit]:
        """Places that use a name, in tests or elsewhere, nearest first; out of the changed file's view."""
        near = want.file.path
        hits = [
            hit
            for hit in self.using.get(altered.name, ())
            if family(hit.path) == family(near)
            and is_test(hit.path) is tests
            and not (hit.path == near and hit.line in want.shown)
        ]
        ranks = {path: closeness(path, near, want.imports) for path in {hit.path for hit in hits}}
        if len(hits) > _COMMON and not tests:
            hits = [hit for hit in hits if ranks[hit.path] < _FAR]
        if tests:
            stem = near.rpartition("/")[2].split(".")[0].lower()
            return sorted(hits, key=lambda hit: (stem not in hit.path.lower(), hit.path, hit.line))
        return sorted(hits, key=lambda hit: (ranks[hit.path], hit.path, hit.line))


def to_read(places: Places, wants: Sequence[Wanted], limits: RelatedLimits) -> tuple[str, ...]:
    """Files worth reading, the most wanted ones first, no more than the limit; changed files are at hand."""
    at_hand = {want.file.path for want in wants}
    ordered: list[tuple[int, str]] = []
    for want in wants:
        for altered in want.altered:
            places_of = places.users(altered, want, tests=False)[: limits.places * 2]
            ordered += [(altered.alteration, hit.path) for hit in places_of]
            ordered += [(3, hit.path) for hit in places.users(altered, want, tests=True)[:2]]
        for wish in want.wishes:
            rank = (1 if wish.role == 0 else 2) + 2 * wish.is_gone
            ordered += [
                (rank + index, path) for index, (path, _) in enumerate(places.definers(wish, want, limits))
            ]
    best = dict.fromkeys(path for _, path in sorted(ordered, key=lambda item: item[0]))
    return tuple(path for path in best if path not in at_hand)[: limits.files]
