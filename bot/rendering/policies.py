"""The policy in force as rows: each key with its value and where that comes from. Values only, no secrets.

What is *not* here: what the keys mean (the reference of the policy file).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from types import MappingProxyType

from bot.domain.in_force import KEY_OF_FIELD, Level, OperatorsOwn, PolicyInForce
from bot.domain.policy import CrossCheck, PathInstructions, PauseAfter, Rule
from bot.rendering.code import code_span
from bot.rendering.comment import folded
from bot.rendering.prose import prose
from bot.rendering.words import sentence

_EMPTY_MEANS_ALL = frozenset({"branches", "languages"})
_WITHOUT = MappingProxyType({"triggers.pause_after": "never", "budget_usd": "none"})
"""What holds without a word of anybody."""
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
    rows = []
    for name, value in _flat(in_force.policy):
        shown = (_shown(name, value), in_force.origin_of(name))
        if value is None and in_force.operator is not None:
            shown = _left_open(name, in_force.operator) or shown
        rows.append((_key(name), *shown))
    return rows


def _left_open(name: str, own: OperatorsOwn) -> tuple[str, str] | None:
    """What holds, and from where, where the policy says nothing; None where that hangs on no operator."""
    operator = Level.OPERATOR.value
    if name == "cross_check":
        return _second_questions(own)
    if name == "passes":
        return str(own.passes), operator
    if name == "model":
        return ("the operator's own; each review names it" if own.has_model else "static"), operator
    if name == "budget_usd" and own.has_budget:
        return "the operator's own", operator
    return None


def _second_questions(own: OperatorsOwn) -> tuple[str, str]:
    """Which findings are asked about by default, and why."""
    if not own.has_model:
        return CrossCheck.OFF.value, "default, since no model takes part"
    if not own.has_second:
        return CrossCheck.OFF.value, "default, since there is no second model"
    return CrossCheck.VERIFY.value, "default, since the operator has a second model"


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
    if value is None:
        return _WITHOUT.get(name, "not set")
    return "all" if value == () and name in _EMPTY_MEANS_ALL else _value(value)


def _value(value: object) -> str:
    """A value in a few words, as the policy file would say it."""
    match value:
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
