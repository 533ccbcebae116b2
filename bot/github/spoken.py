"""What people say on a pull request, and threads that they settle by a click, as requests to a worker.

Each function takes a payload that was read and returns the request, or why there is none: a reason for people
that holds no foreign text. Bots are never heard, and neither are we ourselves.

What is *not* here: the grammar (bot.parsing.commands), and who may command (the worker asks GitHub).
This module is part of the receiver: it must not import githubkit.
"""

from __future__ import annotations

from typing import Final

from bot.domain.pull_request import PullRequestRef
from bot.domain.request import Command, CommandName, CommandRequest, UnknownCommand
from bot.github.payloads import CommentPayload, ReviewCommentPayload, SpokenPayload, ThreadPayload, User
from bot.parsing.answers import argument_of
from bot.parsing.commands import parse_command
from bot.rendering.markers import MarkerKind, find_marker, read_markers

NO_COMMAND: Final = "the comment gives no new command"
CLOSED: Final = "the pull request is closed"


def in_conversation(payload: CommentPayload, delivery: str) -> CommandRequest | str:
    """A command in a comment below the pull request."""
    if payload.issue.pull_request is None:
        return "the comment is not on a pull request"
    speaker = _speaker(payload)
    if isinstance(speaker, str):
        return speaker
    command = _new_command(payload)
    if command is None:
        return NO_COMMAND
    return CommandRequest(
        PullRequestRef(payload.repository.full_name, payload.issue.number),
        payload.installation_id,
        payload.comment.id,
        speaker.login,
        _known(command),
        delivery,
        unknown=isinstance(command, UnknownCommand),
    )


def on_code(payload: ReviewCommentPayload, delivery: str) -> CommandRequest | str:
    """A command in an inline comment, or a new answer in a thread, which may argue with us."""
    speaker = _speaker(payload)
    if isinstance(speaker, str):
        return speaker
    command = _new_command(payload)
    if command is None:
        if refused := _no_answer(payload):
            return refused
        command = Command(CommandName.ARGUE)
    return CommandRequest(
        PullRequestRef(payload.repository.full_name, payload.pull_request.number),
        payload.installation_id,
        payload.comment.id,
        speaker.login,
        _known(command),
        delivery,
        inline=True,
        thread_id=payload.comment.in_reply_to_id,
        unknown=isinstance(command, UnknownCommand),
    )


def by_click(payload: ThreadPayload, delivery: str) -> CommandRequest | str:
    """Somebody resolved a thread of ours, or opened it again: what we say of the change has to follow."""
    if payload.sender is None or _is_bot(payload.sender):
        return "only people settle a thread"
    if payload.pull_request.state != "open":
        return CLOSED
    first = next(iter(payload.thread.comments), None)
    if first is None or find_marker(first.body or "", MarkerKind.FINDING) is None:
        return "the thread is about no finding of ours"
    return CommandRequest(
        PullRequestRef(payload.repository.full_name, payload.pull_request.number),
        payload.installation_id,
        first.id,
        payload.sender.login,
        Command(CommandName.REFRESH),
        delivery,
        inline=True,
        thread_id=first.id,
    )


def _speaker(payload: SpokenPayload) -> User | str:
    """Who said it, or why it is not heard: the sender, since whoever edits a command in is who gives it."""
    if payload.sender is None:
        return "the comment names no author, so nobody can be asked for permission"
    if _is_bot(payload.sender) or _is_bot(payload.comment.user):
        return "comments of bots are not obeyed"
    # With a plain token we speak under a person's name. Whoever pastes a marker only makes us deaf to it.
    if read_markers(payload.comment.body or ""):
        return "the comment is one of ours, or holds a part of one"
    return payload.sender


def _new_command(payload: SpokenPayload) -> Command | UnknownCommand | None:
    """The command of a comment; of an edited one only if it did not give the same command before."""
    command = parse_command(payload.comment.body or "")
    if payload.action == "edited":
        before = payload.changes.body if payload.changes else None
        if before is None or parse_command(before.text or "") == command:
            return None
    return command


def _known(command: Command | UnknownCommand) -> Command:
    """One that we do not know asks for help, so that its author learns which ones there are."""
    return Command(CommandName.HELP) if isinstance(command, UnknownCommand) else command


def _no_answer(payload: ReviewCommentPayload) -> str:
    """Why a comment without a command is no answer to look into; empty where it is one."""
    if payload.action == "edited" or payload.comment.in_reply_to_id is None:
        return f"{NO_COMMAND} and is no new answer in a thread"
    if payload.pull_request.state != "open":
        return CLOSED
    return "" if argument_of(payload.comment.body or "") else "the answer holds nothing to think about"


def _is_bot(user: User | None) -> bool:
    return user is not None and user.type == "Bot"
