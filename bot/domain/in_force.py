"""The policy that applies to a pull request, and where each of its values comes from.

Three levels lie on each other, key by key: the default, the organisation's file, the repository's own file.
The operator's limits come on top.

What is *not* here: reading files (bot.parsing.policies) and laying levels on each other (workers.reading_pulls).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.policy import Policy
from bot.domain.review import PolicyProblem


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
