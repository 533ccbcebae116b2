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
        "permission": "commands.permission",
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
        """In a few words for people: `.github/ai-review.yml, line 3`, `default`."""
        where = self.path or self.level.value
        if self.level is Level.LAST_GOOD and self.path:
            where = f"the last good {self.path}"
        line = f", line {self.line}" if self.line else ""
        return f"{where}{line}" + (" (profile)" if self.profile else "")


@dataclass(frozen=True, slots=True)
class LastGood:
    """The newest text of a repository's policy file that had no mistake; `at` is POSIX time."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class OperatorsOwn:
    """What holds of the operator's settings where the policy leaves it to them.

    Attributes:
        has_model: whether a model looks for defects, the policy's choice included.
        has_second: whether there is a second model.
        passes: questions about the same code.
        has_budget: whether the dollars of one review are limited.
    """

    has_model: bool = False
    has_second: bool = False
    passes: int = 1
    has_budget: bool = False


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The policy that applies, and what people have to be told of it.

    Attributes:
        notices: sentences for people, where a file could not be used or a pull request changes it.
        origins: where the value of each key of the file comes from; every key but `version` is there.
        lines: line of everything that the file named in `origins` says below its keys: `ignore[2]`,
            `triggers.push`, `rules[0].text`.
        problems: what is wrong with files of this repository, for annotations.
        operator: what holds where the policy leaves it open; None where that is not known.
    """

    policy: Policy = field(default_factory=Policy)
    notices: tuple[str, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[PolicyProblem, ...] = ()
    operator: OperatorsOwn | None = None

    def origin_of(self, name: str) -> str:
        """Where a value comes from, in a few words.

        Args:
            name: a key of the file or a field of `Policy`, and what lies below: `triggers.push`, `ignore[2]`.
        """
        top = name.partition(".")[0].partition("[")[0]
        key = KEY_OF_FIELD.get(top, top)
        origin = self.origins.get(key.partition(".")[0], Origin())
        return str(replace(origin, line=self.lines.get(key + name.removeprefix(top), origin.line)))
