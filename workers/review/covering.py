"""What a review has looked at, what reviews before it had, and what nobody could: its coverage.

A file that an earlier review read as it is now counts as covered, and is named apart from those that were
read this time. What could not be read is named by every review until it can be, and its hunks get no mark: so
the next push, or the next try, completes a partial review. One kind of gap lasts: lines too long to be shown
whole. Asking again cannot help there: the rest of such a file counts as read, while the gap is still told.

What is *not* here: sorting a change before it is read (workers.review.scope).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.review import Coverage
from workers.ports import SourceFile
from workers.review.bundles import cut_lines
from workers.review.delta import Delta
from workers.review.looked import Looked
from workers.review.scope import Scope


@dataclass(frozen=True, slots=True)
class Covered:
    """Coverage, and what follows from it.

    Attributes:
        hunks: marks of all that was read by now.
        unread: paths whose present state nobody has looked at; what is not reported there may still be there.
    """

    coverage: Coverage
    hunks: tuple[str, ...]
    unread: frozenset[str]


def fresh_files(scope: Scope, delta: Delta, *, static: bool) -> tuple[SourceFile, ...]:
    """The files to look at: those that are not what they were. Analysers cost nothing and look at all.

    One without hunks is one of which nothing is known yet.
    """
    return tuple(file for file in scope.files if static or not file.diff.hunks or delta.is_to_read(file.path))


def covered(selected: Scope, scope: Scope, looked: Looked, delta: Delta, *, static: bool) -> Covered:
    """Put together what was looked at now and before.

    Args:
        selected: the change, sorted before its texts were known.
        scope: the same afterwards.
        looked: what came of the files that were looked at.
        delta: what of the change is new.
        static: whether analysers alone have looked.
    """
    seen = (file.path for file in selected.files if delta.marks.get(file.path))
    known = () if static else tuple(path for path in seen if not delta.is_to_read(path))
    pictures = tuple(path for path in delta.pictures if delta.has_seen(path) and path not in looked.read)
    excluded = tuple(rest for rest in scope.excluded if rest.path not in {*looked.read, *pictures})
    cut = {rest.path: rest for file in scope.files for rest in cut_lines(file)}
    not_read = (
        *(rest for rest in scope.not_read if rest.path not in known),
        *looked.not_read,
        *(cut[path] for path in known if path in cut),
    )
    out = {rest.path for rest in excluded} | {rest.path for rest in not_read}
    earlier = tuple(path for path in (*known, *pictures) if path not in out)
    lasting = {rest.path for rest in looked.not_read if not looked.gaps and rest == cut.get(rest.path)}
    unseen = (path for path in delta.pictures if not delta.has_seen(path) and path not in looked.read)
    return Covered(
        Coverage(looked.read, excluded, not_read, earlier),
        delta.read_with((*looked.read, *lasting)),
        frozenset((*(rest.path for rest in looked.not_read), *unseen)) - lasting,
    )
