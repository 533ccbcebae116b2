"""Answers to `/ai-review` commands: short, no mention of anybody, and honest on what is not there yet.

Each carries the id of the comment that it answers, so that a command is answered once. Our own commands are
written as code: an answer must never be read as a command.
"""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.request import CommandName
from bot.rendering.limits import cut
from bot.rendering.markers import MarkerKind, write_marker

_MEANINGS = {
    CommandName.REVIEW: "review the newest commit",
    CommandName.FULL: "review the whole pull request again",
    CommandName.HELP: "show this list",
    CommandName.PAUSE: "stop reviewing pushes to this pull request",
    CommandName.RESUME: "review pushes again",
    CommandName.CONFIG: "show the policy that applies here",
    CommandName.TESTS: "propose tests for this change",
    CommandName.EXPLAIN: "explain the finding of this thread",
    CommandName.DISMISS: "mark the finding of this thread as no problem; a reason may follow",
}


def help_reply(available: Collection[CommandName], comment_id: int) -> str:
    """The commands that work in this version."""
    return _reply(f"{_list(available)}\n\nCommands need write permission on this repository.", comment_id)


def not_available_reply(command: CommandName, available: Collection[CommandName], comment_id: int) -> str:
    """For a command of the grammar that this version cannot carry out."""
    known = ", ".join(f"`{_written(name)}`" for name in _MEANINGS if name in available)
    return _reply(f"`{_written(command)}` is not available in this version. Available: {known}.", comment_id)


def _list(available: Collection[CommandName]) -> str:
    shown = ((name, meaning) for name, meaning in _MEANINGS.items() if name in available)
    return "\n".join(f"- `{_written(name)}`: {meaning}" for name, meaning in shown)


def _written(name: CommandName) -> str:
    """A command as people type it."""
    return "/ai-review" if name is CommandName.REVIEW else f"/ai-review {name}"


def _reply(text: str, comment_id: int) -> str:
    return cut(text, write_marker(MarkerKind.REPLY, comment=str(comment_id)))
