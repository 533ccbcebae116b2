"""What is kept in Redis, read back: another release may have written it otherwise, or it is damaged.

What *is not there* and what *cannot be read* are two things, and which of them the second counts as is for
the caller to say. It is said in the log, without what was kept.
What is *not* here: what is kept packed, which bears its version (bot.rendering.carried).
"""

from __future__ import annotations

import logging
from typing import TypeVar

import msgspec

_log = logging.getLogger(__name__)

ValueT = TypeVar("ValueT")


def readable(text: bytes, shape: type[ValueT], counts_as: str) -> ValueT | None:
    """What was kept as JSON; None where this release cannot read it.

    Args:
        counts_as: what the caller takes it for then, for the log: `nothing`.
    """
    try:
        return msgspec.json.decode(text, type=shape)
    except (ValueError, RecursionError) as error:
        name = getattr(shape, "__name__", "record")
        _log.warning("A kept %s cannot be read (%s); it counts as %s", name, type(error).__name__, counts_as)
        return None
