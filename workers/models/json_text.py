"""The JSON object in what a model wrote: without its thoughts, fences and the words around.

A model may quote what others wrote, objects that look like an answer included. So nothing is guessed: where
two objects could be the answer and differ, there is none, and the model is asked again.

What is *not* here: whether the object is the one that was asked for (the library checks that).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator

_THOUGHTS = re.compile(r"<(think|thinking|thought|reasoning)>.*?</\1>", re.DOTALL)
_FENCE = re.compile(r"\s*(```\w*\s*)?")
_ITEM = re.compile(r'[\s,]*[{"\[]')
_TRIES = 200
"""Braces that are tried: an answer may be two million characters of them."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def json_in(text: str, keys: Collection[str] = ()) -> str | None:
    """The object that is the answer, as JSON; None where there is none, or where it is not sure which one.

    Raw line breaks inside of strings, which are no JSON, are mended: small models write them.

    Args:
        keys: of the answer; what has none of them is none. Without any every object could be it.
    """
    bare = text.strip()
    if _is_object(bare):
        return well_formed(bare)
    thoughts = _THOUGHTS.match(bare)
    if thoughts and bare[thoughts.end() :].strip():
        bare = bare[thoughts.end() :]
    found = {json.dumps(each) if isinstance(each, dict) else None for each in _answers(bare, keys)}
    only = found.pop() if len(found) == 1 else None
    return None if only is None else well_formed(only)


def whole_items_in(text: str, keys: Collection[str]) -> str | None:
    """An answer that ends anywhere, with the items of its list that came whole; None where there is none.

    Nothing is guessed here either: the answer has to be all that there is, behind thoughts that ended.
    """
    bare = text.strip()
    thoughts = _THOUGHTS.match(bare)
    bare = bare[thoughts.end() :] if thoughts else bare
    lists = list(re.finditer(rf'{{\s*"({"|".join(map(re.escape, keys))})"\s*:\s*\[', bare))
    if len(lists) != 1 or not _FENCE.fullmatch(bare[: lists[0].start()]):
        return None
    items = list(_items(bare, lists[0].end()))
    return well_formed(json.dumps({lists[0][1]: items})) if items else None


def _items(text: str, start: int) -> Iterator[object]:
    """Items of a list up to the first that is not whole; numbers and words never show whether they are."""
    decoder = json.JSONDecoder(strict=False)
    while opening := _ITEM.match(text, start):
        try:
            item, start = decoder.raw_decode(text, opening.end() - 1)
        except (ValueError, RecursionError):
            return
        yield item


def well_formed(text: str) -> str:
    """JSON with every lone surrogate, escaped or not, replaced: one in a quote makes all of it unreadable."""
    if _SURROGATE.search(text) is None and _ESCAPED_SURROGATE.search(text) is None:
        return text
    try:
        return without_surrogates(json.dumps(json.loads(text), ensure_ascii=False))
    except (ValueError, RecursionError):
        return without_surrogates(text)


def without_surrogates(text: str) -> str:
    """The text as something that can be sent: lone surrogates are no characters."""
    return _SURROGATE.sub("\ufffd", text)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _answers(text: str, keys: Collection[str]) -> Iterator[object]:
    """Every outermost object that could be the answer, in order; None for one that cannot be read."""
    opening = re.compile(rf'{{\s*"(?:{"|".join(map(re.escape, keys))})"\s*:')
    decoder, start = json.JSONDecoder(strict=False), text.find("{")
    for _ in range(_TRIES):
        if start < 0:
            return
        try:
            found, end = decoder.raw_decode(text, start)
            if not keys or not found.keys().isdisjoint(keys):
                yield found
        except (ValueError, RecursionError):
            end = start + 1
            if keys and opening.match(text, start):
                yield None
        start = text.find("{", end)
    if start >= 0:  # the answer may be behind what was tried
        yield None
