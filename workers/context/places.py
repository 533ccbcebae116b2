"""Where names stand in the repository: which places seem to define them, which use them, and how near.

What is *not* here: reading these places (workers.context.picking).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.parsing.telling_tests import is_test
from workers.context.defining import Closeness, closeness, family, may_come_from, seems_to_define
from workers.context.pieces import RelatedLimits
from workers.context.symbols import Role, Use
from workers.context.wanted import Altered, Reach, Wanted
from workers.context.words import WordFinder
from workers.ports import Hit

_CANDIDATES = 3
"""Files read to find one definition."""
_COMMON = 80
"""Places above which a name is so common that only those near the change mean it."""
_DEFINERS = 3
"""Files above which a name is no longer one thing."""
_LONG_NEAR, _LONG_FAR = 5, 8
"""Characters of a name of a part of something that two people do not hit upon by accident."""
_HANDED_ON = re.compile(r"^\s*(?:export\s*\{|module\.exports\b|exports\.|__all__\b|[\w$\"']+,?\s*$)")
"""Lines that name a thing only to pass it on."""
_WORD = re.compile(r"\w+")


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
    def of(cls, hits: Iterable[Hit], names: Iterable[str]) -> Places:
        """Sort the hits of a search for `names`."""
        defining: dict[str, list[Hit]] = defaultdict(list)
        using: dict[str, list[Hit]] = defaultdict(list)
        finder = WordFinder(names)
        for hit in hits:
            for name, start in dict(reversed(finder.places(hit.text))).items():
                defines = seems_to_define(hit.text, name, start, hit.path)
                (defining if defines else using)[name].append(hit)
        return cls(defining, using)

    def definers(self, use: Use, want: Wanted, limits: RelatedLimits) -> tuple[tuple[str, Closeness], ...]:
        """Files that may define a name, nearest first; none where too many are equally near."""
        near = want.file.path
        paths = {hit.path for hit in self.defining.get(use.name, ()) if family(hit.path) == family(near)}
        paths.discard(near)
        if paths:
            paths = _imported_from(paths, use, want)
        ranked = sorted((closeness(path, near, want.imports), path) for path in paths)
        if not ranked:
            return ()
        nearest = ranked[0][0]
        if not _is_distinctive(use, nearest):
            return ()
        if sum(1 for rank, _ in ranked if rank == nearest) > limits.same_name:
            return ()
        return tuple((path, rank) for rank, path in ranked[:_CANDIDATES])

    def users(self, altered: Altered, want: Wanted, *, tests: bool) -> list[Hit]:
        """Places out of view that may use what was altered, in tests or elsewhere, nearest first."""
        near = want.file.path
        hits = self.using.get(altered.name, ())
        ranks = {
            path: closeness(path, near, want.imports)
            for path in {hit.path for hit in hits}
            if is_test(path) is tests and family(path) == family(near) and _reaches(altered.reach, near, path)
        }
        kept = [
            hit
            for hit in hits
            if hit.path in ranks
            and not (hit.path == near and hit.line in want.shown)
            and not _HANDED_ON.match(hit.text)
        ]
        if tests:
            stem = near.rpartition("/")[2].split(".")[0].lower()
            return sorted(kept, key=lambda hit: (stem not in hit.path.lower(), hit.path, hit.line))
        if len(kept) > _COMMON:
            kept = [hit for hit in kept if ranks[hit.path] < Closeness.ELSEWHERE]
        return sorted(kept, key=lambda hit: (ranks[hit.path], hit.path, hit.line))

    def others(self, use: Use, want: Wanted) -> list[Hit]:
        """Places elsewhere, no tests, that may use the same thing as a changed line does; nearest first."""
        near = want.file.path
        if not self.is_one_thing(use.name) or len(self.using.get(use.name, ())) > _COMMON:
            return []
        hits = [
            hit
            for hit in self.using.get(use.name, ())
            if hit.path != near
            and family(hit.path) == family(near)
            and not is_test(hit.path)
            and not _HANDED_ON.match(hit.text)
        ]
        return sorted(hits, key=lambda hit: (closeness(hit.path, near, want.imports), hit.path, hit.line))

    def is_one_thing(self, name: str) -> bool:
        """Whether so few files, no tests, define a name that a use of it most likely means one of them."""
        paths = {hit.path for hit in self.defining.get(name, ())}
        return sum(1 for path in paths if not is_test(path)) <= _DEFINERS


def to_read(places: Places, wants: Sequence[Wanted], limits: RelatedLimits) -> tuple[str, ...]:
    """Files worth reading, the most wanted ones first, no more than the limit; changed files are at hand."""
    at_hand = {want.file.path for want in wants}
    ordered: list[tuple[int, str]] = []
    for want in wants:
        for altered in want.altered:
            near = dict.fromkeys(hit.path for hit in places.users(altered, want, tests=False))
            ordered += [
                (altered.alteration + index, path) for index, path in enumerate(list(near)[: limits.places])
            ]
            ordered += [(3, hit.path) for hit in places.users(altered, want, tests=True)[:2]]
        for wish in want.wishes:
            rank = (1 if wish.use.role is Role.CALL else 2) + 2 * wish.is_gone
            found = places.definers(wish.use, want, limits)
            ordered += [(rank + index, path) for index, (path, _) in enumerate(found)]
            if found and wish.use.role is Role.CALL:
                ordered += [(4, hit.path) for hit in places.others(wish.use, want)[:1]]
    best = dict.fromkeys(path for _, path in sorted(ordered, key=lambda item: item[0]))
    return tuple(path for path in best if path not in at_hand)[: limits.files]


def _is_distinctive(use: Use, nearest: Closeness) -> bool:
    """Whether a name at that distance most likely means the same thing, though nothing says of what it is."""
    is_far = nearest >= Closeness.SAME_PART
    if use.role is Role.MEMBER:
        return not is_far
    return not use.of or "_" in use.name or len(use.name) >= (_LONG_FAR if is_far else _LONG_NEAR)


def _imported_from(paths: set[str], use: Use, want: Wanted) -> set[str]:
    """Those files that an import of the name, or of what it is a part of, can mean; all without one."""
    imported = use.of or use.name
    naming = [text for text in want.symbols.imports if imported in _WORD.findall(text)]
    if not naming:
        return paths
    words = frozenset(word for text in naming for word in _WORD.findall(text))
    return {path for path in paths if may_come_from(path, words)}


def _reaches(reach: Reach, near: str, path: str) -> bool:
    if reach is Reach.FILE:
        return path == near
    return reach is Reach.ANYWHERE or path.rpartition("/")[0] == near.rpartition("/")[0]
