"""Which related code goes with one question: the best of each of its files, nothing twice, within a budget.

What is *not* here: finding the pieces (workers.context.related).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest

from workers.context.pieces import Related


def chosen(
    related: Mapping[str, Sequence[Related]],
    paths: Iterable[str],
    most: int,
    shown: Mapping[str, Collection[int]],
) -> tuple[Related, ...]:
    """Pieces for some changed files, the best one of each file before the second of any.

    Args:
        related: by changed file, best first.
        paths: the changed files that the question shows, the most important first.
        most: tokens that all pieces may have together. One that does not fit gives way to smaller ones.
        shown: path -> numbers of the lines at the head that the question shows anyway.
    """
    given: list[Related] = []
    places: set[tuple[str, int]] = set()
    rows = zip_longest(*(related.get(path, ()) for path in paths))
    for piece in (piece for row in rows for piece in row if piece is not None):
        seen = shown.get(piece.path, ())
        is_known = (piece.path, piece.start) in places or all(number in seen for number in piece.numbers)
        if not is_known and piece.tokens <= most:
            most -= piece.tokens
            places.add((piece.path, piece.start))
            given.append(piece)
    return tuple(given)
