"""The questions of the find pass: one for everything, or several that each look at one thing.

What is *not* here: their words (prompts/lens-*.txt).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Lens(StrEnum):
    """What a pass looks for: all defects, without or with a list of what to look at, or one kind."""

    PLAIN = "plain"
    ALL = "all"
    BEHAVIOUR = "behaviour"
    CHECKS = "checks"
    CONTRACTS = "contracts"
    RULES = "rules"


PASSES: Mapping[int, tuple[Lens, ...]] = MappingProxyType(
    {
        1: (Lens.PLAIN,),
        2: (Lens.PLAIN, Lens.ALL),
        3: (Lens.BEHAVIOUR, Lens.CHECKS, Lens.CONTRACTS),
        4: (Lens.PLAIN, Lens.BEHAVIOUR, Lens.CHECKS, Lens.CONTRACTS),
    }
)
"""Number of passes -> their lenses, in the order in which they are asked."""


def lenses(passes: int, *, rules: bool) -> tuple[Lens, ...]:
    """The lenses of so many passes; where the repository has rules, several passes get one for them."""
    chosen = PASSES[min(max(passes, 1), max(PASSES))]
    return (*chosen, Lens.RULES) if rules and len(chosen) > 1 else chosen
