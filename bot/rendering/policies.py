"""The policy in force as rows: each key with its value and where that comes from. Values only, no secrets.

What is *not* here: what the keys mean (the reference of the policy file).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum

from bot.domain.in_force import KEY_OF_FIELD, PolicyInForce
from bot.domain.policy import PathInstructions, PauseAfter, Rule
from bot.rendering.code import code_span
from bot.rendering.comment import folded
from bot.rendering.prose import prose
from bot.rendering.words import sentence

_EMPTY_MEANS_ALL = frozenset({"branches", "languages"})
_ITEMS_SHOWN = 20
_VALUE = 160
"""Characters of one value."""


def policy_words(in_force: PolicyInForce) -> str:
    """Every key, its value and its origin, folded; what is wrong with the policy stands above it."""
    rows = [f"| `{key}` | {_cell(value)} | {_cell(origin)} |" for key, value, origin in policy_rows(in_force)]
    table = "\n".join(["| key | value | from |", "|---|---|---|", *rows])
    notices = [f"**Notice:** {prose(sentence(notice), 500)}" for notice in in_force.notices]
    return "\n\n".join([*notices, folded("The policy that applies here", table)])


def policy_rows(in_force: PolicyInForce) -> list[tuple[str, str, str]]:
    """Every key, its value and its origin, in a few words each; values are as people wrote them."""
    return [
        (_key(name), _shown(name, value), in_force.origin_of(name)) for name, value in _flat(in_force.policy)
    ]


def _key(name: str) -> str:
    """A field as the policy file calls it."""
    key = KEY_OF_FIELD.get(name, name)
    return f"{key} (off)" if name.endswith("_off") else key


def _flat(value: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Fields of fields as dotted keys, in the order in which they are declared."""
    assert is_dataclass(value)  # noqa: S101 - the two callers below see to it
    for one in fields(value):
        inner = getattr(value, one.name)
        if is_dataclass(inner) and not isinstance(inner, PauseAfter):
            yield from _flat(inner, f"{prefix}{one.name}.")
        else:
            yield f"{prefix}{one.name}", inner


def _shown(name: str, value: object) -> str:
    return "all" if value == () and name in _EMPTY_MEANS_ALL else _value(value)


def _value(value: object) -> str:
    """A value in a few words, as the policy file would say it."""
    match value:
        case None:
            words = "not set"
        case bool():
            words = str(value).lower()
        case Enum():
            words = str(value.value)
        case Rule():
            words = value.id
        case PathInstructions():
            words = ", ".join(value.paths)
        case PauseAfter(pushes, minutes):
            words = f"{pushes} pushes in {minutes} minutes"
        case tuple() | frozenset():
            words = _list(value)
        case _:
            words = str(value)
    return words


def _list(values: tuple[object, ...] | frozenset[object]) -> str:
    items = [_value(item) for item in values]
    if isinstance(values, frozenset):
        items.sort()
    more = f" and {len(items) - _ITEMS_SHOWN} more" if len(items) > _ITEMS_SHOWN else ""
    return (", ".join(items[:_ITEMS_SHOWN]) + more) or "none"


def _cell(text: str) -> str:
    """Foreign text as code; GitHub ends a cell at a bar even within code, unless a backslash precedes it."""
    return code_span(text, _VALUE).replace("|", "\\|")
