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
from bot.parsing.commands import parse_commands
from bot.parsing.masking import masked
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
    commands = _new_commands(payload)
    if not commands:
        return NO_COMMAND
    first, *more = _known(commands)
    return CommandRequest(
        PullRequestRef(payload.repository.full_name, payload.issue.number),
        payload.installation_id,
        payload.comment.id,
        speaker.login,
        first,
        delivery,
        unknown=_is_unknown(commands),
        more=tuple(more),
        unknown_texts=_unknown_texts(commands),
    )


def on_code(payload: ReviewCommentPayload, delivery: str) -> CommandRequest | str:
    """A command in an inline comment, or a new answer in a thread, which may argue with us."""
    speaker = _speaker(payload)
    if isinstance(speaker, str):
        return speaker
    commands = _new_commands(payload)
    if not commands and (refused := _no_answer(payload)):
        return refused
    first, *more = _known(commands) or [Command(CommandName.ARGUE)]
    return CommandRequest(
        PullRequestRef(payload.repository.full_name, payload.pull_request.number),
        payload.installation_id,
        payload.comment.id,
        speaker.login,
        first,
        delivery,
        inline=True,
        thread_id=payload.comment.in_reply_to_id,
        unknown=_is_unknown(commands),
        more=tuple(more),
        unknown_texts=_unknown_texts(commands),
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


def _new_commands(payload: SpokenPayload) -> tuple[Command | UnknownCommand, ...]:
    """The commands of a comment; of an edited one only those that it did not give before."""
    commands = parse_commands(payload.comment.body or "")
    if payload.action != "edited":
        return commands
    before = payload.changes.body if payload.changes else None
    if before is None:
        return ()
    given = parse_commands(before.text or "")
    return tuple(command for command in commands if command not in given)


def _known(commands: tuple[Command | UnknownCommand, ...]) -> list[Command]:
    """Each word once. One that we do not know asks for help: its author learns which ones there are."""
    known: dict[CommandName, Command] = {}
    for command in commands:
        one = Command(CommandName.HELP) if isinstance(command, UnknownCommand) else command
        known.setdefault(one.name, one)
    return list(known.values())


def _is_unknown(commands: tuple[Command | UnknownCommand, ...]) -> bool:
    return any(isinstance(command, UnknownCommand) for command in commands)


def _unknown_texts(commands: tuple[Command | UnknownCommand, ...]) -> tuple[str, ...]:
    return tuple(masked(command.text) for command in commands if isinstance(command, UnknownCommand))


def _no_answer(payload: ReviewCommentPayload) -> str:
    """Why a comment without a command is no answer to look into; empty where it is one."""
    if payload.action == "edited" or payload.comment.in_reply_to_id is None:
        return f"{NO_COMMAND} and is no new answer in a thread"
    if payload.pull_request.state != "open":
        return CLOSED
    return "" if argument_of(payload.comment.body or "") else "the answer holds nothing to think about"


def _is_bot(user: User | None) -> bool:
    return user is not None and user.type == "Bot"
