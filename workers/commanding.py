"""Obeys the slash commands of a comment.

Whoever may not write to the repository gets no answer: a stranger must not be able to make the bot talk.

What is *not* here: reading the comment (bot.parsing.commands), and the review itself (workers.running).
"""

from __future__ import annotations

import logging
from typing import Final

from bot.domain.pull_request import Trigger
from bot.domain.request import CommandName, CommandRequest, ReviewRequest
from bot.github.client import GitHub
from bot.github.permissions import acknowledge, may_command
from bot.github.publish import post_reply
from bot.queue import Queue
from bot.rendering.markers import MarkerKind, write_marker
from bot.rendering.replies import help_reply, not_available_reply

_log = logging.getLogger(__name__)

AVAILABLE: Final = frozenset({CommandName.REVIEW, CommandName.FULL, CommandName.HELP})
"""What this version can do; the rest of the grammar is answered honestly."""


async def obey(github: GitHub, queue: Queue, request: CommandRequest) -> None:
    """Carry out a command, if GitHub says that its author may give it.

    Raises:
        GitHubError: it was not carried out, or not answered; carrying it out again does no harm.
    """
    ref, command = request.ref, request.command.name
    if not await may_command(github, ref.repo, request.author):
        _log.info("A command on %s was not obeyed: its author may not write", ref.external_id)
        return
    await acknowledge(github, ref.repo, request.comment_id)
    if command in (CommandName.REVIEW, CommandName.FULL):
        delivery = f"command-{request.delivery}"
        queue.submit(ReviewRequest(ref, request.installation, Trigger.COMMAND, delivery))
        return
    if command is CommandName.HELP:
        answer = help_reply(AVAILABLE, request.comment_id)
    else:
        answer = not_available_reply(command, AVAILABLE, request.comment_id)
    marker = write_marker(MarkerKind.REPLY, comment=str(request.comment_id))
    await post_reply(github, ref, answer, marker=marker)
