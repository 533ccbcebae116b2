"""Policy files on each other: an organisation's below a repository's.

They are laid on each other key by key. A key at the top of a file is one value, however much stands below it:
a repository that says `triggers` says all of them.

What is *not* here: reading the files, and the operator's limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.in_force import Level, Origin, PolicyInForce
from bot.parsing.policies.files import PolicyText
from bot.parsing.policies.keys import PolicyFile
from bot.parsing.policies.policy_of import SET_BY_PROFILE, policy_of


@dataclass(frozen=True, slots=True)
class Layer:
    """A file at its level; `path` is how people know it."""

    level: Level
    path: str
    text: PolicyText = field(default_factory=PolicyText)


def lay(layers: Sequence[Layer]) -> PolicyInForce:
    """The policy of several files, the most general first, with the origin of every value."""
    values: dict[str, object] = {}
    origins: dict[str, Origin] = {}
    lines: dict[str, int] = {}
    for layer in layers:
        for key in layer.text.said.model_fields_set:
            values[key] = getattr(layer.text.said, key)
            origins[key] = Origin(layer.level, layer.path, layer.text.lines.get(key, 0))
            lines = _without(lines, key) | _below(layer.text.lines, key)
    origins = {key: origins.get(key, Origin()) for key in PolicyFile.model_fields if key != "version"}
    profile = origins["profile"]
    if profile != Origin():
        through = Origin(profile.level, profile.path, profile.line, profile=True)
        origins |= {key: through for key in SET_BY_PROFILE if origins[key] == Origin()}
    said = PolicyFile.model_construct(_fields_set=set(values), **values)
    return PolicyInForce(policy_of(said), origins=origins, lines=lines)


def _below(lines: Mapping[str, int], key: str) -> dict[str, int]:
    return {name: line for name, line in lines.items() if name.startswith((f"{key}.", f"{key}["))}


def _without(lines: Mapping[str, int], key: str) -> dict[str, int]:
    return {name: line for name, line in lines.items() if not name.startswith((f"{key}.", f"{key}["))}
