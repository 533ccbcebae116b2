"""Tools with which a model looks at code before it answers. Their descriptions are read by models.

What is *not* here: bounds of the looks themselves (the `CodeLookup` that is given has them), and that a model
stops looking in the end (workers.models.guarded).
"""

from __future__ import annotations

from pydantic_ai import Tool

from workers.ports import CodeLookup

LOOKS = 6
"""Rounds of looking; a round may hold several looks. Then the model is asked for its answer."""


LOOK_SHARE = 8
"""One part in so many of a small window is for what one look gives."""
CHARACTERS = 3
"""Of code in a token, at least."""


def tools_for(lookup: CodeLookup | None, window: int | None = None) -> list[Tool[None]]:
    """`read_code` and `search_code`; none without a lookup.

    Args:
        window: tokens of the model's window where it is small: looks are cut to a part of it.
    """
    if lookup is None:
        return []
    most = None if window is None else window // LOOK_SHARE * CHARACTERS

    async def read_code(path: str, start: int, end: int) -> str:
        """Read lines of a file of the repository, as it is with the change applied.

        Args:
            path: from the top of the repository, such as src/app.py.
            start: first line, counted from 1.
            end: last line, included.
        """
        return (await lookup.read(path, start, end))[:most]

    async def search_code(text: str) -> str:
        """Find the lines of the repository that contain a text, given as PATH:LINE: CODE.

        Args:
            text: a name, or a part of one line; it is taken literally.
        """
        return (await lookup.search(text))[:most]

    return [Tool(read_code), Tool(search_code)]
