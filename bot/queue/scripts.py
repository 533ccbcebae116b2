"""The queue's Lua scripts by name. Redis runs each as a whole: no other command comes in between.

What is *not* here: their arguments (bot.queue.layout and the callers).
"""

from __future__ import annotations

from enum import StrEnum
from importlib import resources


class Script(StrEnum):
    """File names in bot/queue/lua, without their ending."""

    SUBMIT = "submit"
    COMMAND = "command"
    BEGIN = "begin"
    RENEW = "renew"
    SENDING = "sending"
    RELEASE = "release"
    BURY = "bury"


def source(script: Script) -> str:
    """The script's text, the common part first."""
    folder = resources.files("bot.queue") / "lua"
    parts = ((folder / f"{name}.lua").read_text(encoding="utf-8") for name in ("common", script))
    return "\n".join(parts)
