"""Values of a JSON file that somebody else wrote: what has the wrong type counts as missing.

What is *not* here: what the values mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def mapping(value: object) -> Mapping[str, object]:
    """An object; empty where it is something else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[object]:
    """A list; empty where it is something else."""
    return value if isinstance(value, list) else ()


def text(value: object) -> str:
    """A text; empty where it is something else."""
    return value if isinstance(value, str) else ""


def whole_number(value: object) -> int | None:
    """A whole number; None where it is something else. JSON's `true` is no number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: object) -> float | None:
    """A number, also one written as text, as GitHub's properties have it; None where it is something else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < 1e9 else None  # neither infinite nor no number at all
