"""Tools with which a model looks at code before it answers. Their descriptions are read by models.

What is *not* here: bounds of the looks themselves (the `CodeLookup` that is given has them), and that a model
stops looking in the end (workers.models.guarded).
"""

from __future__ import annotations

from pydantic_ai import Tool

from workers.ports import CodeLookup

LOOKS = 6
"""Rounds of looking; a round may hold several looks. Then the model is asked for its answer."""


def tools_for(lookup: CodeLookup | None) -> list[Tool[None]]:
    """`read_code` and `search_code`; none without a lookup."""
    if lookup is None:
        return []

    async def read_code(path: str, start: int, end: int) -> str:
        """Read lines of a file of the repository, as it is with the change applied.

        Args:
            path: from the top of the repository, such as src/app.py.
            start: first line, counted from 1.
            end: last line, included.
        """
        return await lookup.read(path, start, end)

    async def search_code(text: str) -> str:
        """Find the lines of the repository that contain a text, given as PATH:LINE: CODE.

        Args:
            text: a name, or a part of one line; it is taken literally.
        """
        return await lookup.search(text)

    return [Tool(read_code), Tool(search_code)]
