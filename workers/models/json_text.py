"""The JSON object in what a model wrote: without its thoughts, fences and the words around.

What is *not* here: whether the object is the one that was asked for (the library checks that).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

_THOUGHTS_END = ("</think>", "</thinking>", "</thought>", "</reasoning>")
_TRIES = 50
"""Braces that open nothing and are tried all the same: an answer may be two million characters of them."""


def json_in(text: str) -> str | None:
    """The largest object in a text, as JSON; None where there is none.

    Raw line breaks inside of strings, which are no JSON, are mended: small models write them.
    """
    bare = text.strip()
    if _is_object(bare):
        return bare
    for end in _THOUGHTS_END:
        after = bare.rpartition(end)[2]
        bare = after if after.strip() else bare
    return max(_objects(bare), key=len, default=None)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _objects(text: str) -> Iterator[str]:
    """Every outermost object, in order."""
    decoder, start = json.JSONDecoder(strict=False), text.find("{")
    for _ in range(_TRIES):
        if start < 0:
            return
        try:
            found, end = decoder.raw_decode(text, start)
            yield json.dumps(found)
        except (ValueError, RecursionError):
            end = start + 1
        start = text.find("{", end)
