"""Plain text in the columns of a terminal.

What is *not* here: colours (bot.rendering.terminal), and making foreign text visible (bot.rendering.clean).
"""

from __future__ import annotations

import textwrap

_LEAST = 40
"""Columns of the narrowest terminal that is thought of."""


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most so many columns, each indented; none for an empty text."""
    return textwrap.wrap(
        text,
        max(width, _LEAST),
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
