"""The policy that applies to a pull request, and where each of its values comes from.

Three levels lie on each other, key by key: the default, the organisation's file, the repository's own file.
The operator's limits come on top.

What is *not* here: reading files and laying them on each other (bot.parsing.policies).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.domain.policy import Policy
from bot.domain.review import PolicyProblem

KEY_OF_FIELD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "languages_off": "languages",
        "path_instructions": "instructions",
        "categories_off": "categories",
        "permission": "commands",
    }
)
"""Fields of `Policy` that another key of the file sets."""


class Level(StrEnum):
    """Who said something, the most general first."""

    DEFAULT = "default"
    ORGANISATION = "organisation"
    LAST_GOOD = "last good policy"  # of the repository, whose file cannot be used now
    REPOSITORY = "repository"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value of a key comes from.

    Attributes:
        path: of the file; empty for what stands in none.
        line: 1-based; 0 where it stands in no file.
        profile: the line is that of `profile`, which sets this key as well.
    """

    level: Level = Level.DEFAULT
    path: str = ""
    line: int = 0
    profile: bool = False

    def __str__(self) -> str:
        """In a few words for people: `repository, line 3`, `default`."""
        line = f", line {self.line}" if self.line else ""
        return f"{self.level}{line}" + (" (profile)" if self.profile else "")


@dataclass(frozen=True, slots=True)
class LastGood:
    """The newest text of a repository's policy file that had no mistake; `at` is POSIX time."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The policy that applies, and what people have to be told of it.

    Attributes:
        notices: sentences for people, where a file could not be used or a pull request changes it.
        origins: where the value of each key of the file comes from; every key but `version` is there.
        lines: line of everything that the file named in `origins` says below its keys: `ignore[2]`,
            `triggers.push`, `rules[0].text`.
        problems: what is wrong with files of this repository, for annotations.
    """

    policy: Policy = field(default_factory=Policy)
    notices: tuple[str, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[PolicyProblem, ...] = ()

    def origin_of(self, name: str) -> str:
        """Where a value comes from, in a few words.

        Args:
            name: a key of the file or a field of `Policy`, and what lies below: `triggers.push`, `ignore[2]`.
        """
        top = name.partition(".")[0].partition("[")[0]
        key = KEY_OF_FIELD.get(top, top)
        origin = self.origins.get(key, Origin())
        return str(replace(origin, line=self.lines.get(key + name.removeprefix(top), origin.line)))
