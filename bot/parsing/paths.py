"""Which paths a repository means: gitignore patterns, through pathspec.

pathspec turns a pattern into a regular expression that backtracks: `*a*a*a*a*b` on a path of 60 letters takes
minutes, and both patterns and paths are written by others. `LinearPattern` keeps pathspec's meaning and takes
the choice away: where a wildcard is followed by something that matches, the first match is as good as any.

What is *not* here: exclusions that hold for every repository (workers.review.scope).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import AnyStr

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from bot.errors import PolicyError

MAX_PATTERNS = 100
MAX_PATTERN = 200

_ESCAPED = re.compile(r"\\.")
_CLASS = re.compile(r"\[[!^]?(?:(?!--)[\w. -])+\]")

# Parts of the expressions that pathspec makes.
_ANYWHERE = "^(?:.+/)?"
_BETWEEN = "(?:/.+)?"
_NEGATED = re.compile(r"\[\^(?!/)")  # `[!a]`, which must not match a slash either
_STARS = re.compile(r"(?:\[\^/\]\*)+")
_STAR_AND_REST = re.compile(r"\[\^/\]\*((?:\[\^/\](?!\*)|[^/])+?)(?=\[\^/\]\*)")


class LinearPattern(GitIgnoreSpecPattern):
    """A gitignore pattern that is matched in time proportional to the path's length times its own."""

    @classmethod
    def pattern_to_regex(cls, pattern: AnyStr) -> tuple[AnyStr | None, bool | None]:
        """The expression that pathspec makes of a pattern, in a form that never goes back on a match."""
        regex, include = super().pattern_to_regex(pattern)
        if isinstance(regex, str):
            regex = _without_choice(regex)
        return regex, include


def pattern_problem(pattern: str) -> str | None:
    """What is wrong with a gitignore pattern, as the end of a sentence; None when it can be used."""
    bare = _CLASS.sub("?", _ESCAPED.sub("?", pattern))
    if len(pattern) > MAX_PATTERN:
        return f"is longer than {MAX_PATTERN} characters"
    if not pattern.isprintable():
        return "has a line break or another character that cannot be printed"
    if not bare.strip("!/ ") or bare.startswith("#"):
        return "matches nothing"
    if "[" in bare:
        return r"has a bracket that git would not understand; write \[ for a bracket itself"
    try:
        spec = GitIgnoreSpec.from_lines([pattern], LinearPattern)
    except (ValueError, re.error):  # re.error: a range that runs backwards, `[z-a]`
        return "is not a gitignore pattern"
    return "matches nothing" if spec.patterns[0].include is None else None


def matching_paths(patterns: Sequence[str], key: str) -> Callable[[str], str | None]:
    """A function that gives, for a path, the pattern that means it; None where none does.

    As in a .gitignore at the root: the last pattern that matches decides; `!` takes a path out again.

    Args:
        key: of the policy, or the file, that the patterns stand in: for errors.

    Raises:
        PolicyError: a pattern cannot be used, or there are too many.
    """
    if len(patterns) > MAX_PATTERNS:
        raise PolicyError(f"`{key}` may hold at most {MAX_PATTERNS} patterns", key=key)
    for pattern in patterns:
        if problem := pattern_problem(pattern):
            raise PolicyError(f"a pattern of `{key}` {problem}", key=key)
    spec = GitIgnoreSpec.from_lines(patterns, LinearPattern)

    def find(path: str) -> str | None:
        result = spec.check_file(path)
        return patterns[result.index] if result.include and result.index is not None else None

    return find


def _without_choice(regex: str) -> str:
    """The same expression with atomic groups: each wildcard takes the first match and keeps it."""
    regex = _STAR_AND_REST.sub(r"(?>[^/]*?\1)", _STARS.sub("[^/]*", regex))
    regex = _NEGATED.sub("[^/", regex)
    first, *others = regex.split(_BETWEEN)
    if first.startswith(_ANYWHERE):
        first = "^(?:[^/]+/)*?" + first.removeprefix(_ANYWHERE)
    pieces = [first, *("(?:/[^/]+)*?" + other for other in others)]
    return "".join(f"(?>{piece}(?=/))" for piece in pieces[:-1]) + pieces[-1]
