"""Obeys what a person asks for: the order of things, the same for every command.

Whoever may not write gets no answer and no sign: a stranger must not be able to make the bot talk. A
stranger's flood is dropped before it costs a call; what people who were heard say too fast is put off.

What is *not* here: the commands, each in a module of its own, and when a command is tried again
(workers.jobs).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from bot.domain.policy import MayCommand
from bot.domain.request import Command, CommandName, CommandRequest
from bot.github.permissions import Reaction, react, surely_may_command
from bot.github.publish import post_reply
from bot.github.pulls import fetch_pull_request
from bot.github.replies import post_in_thread
from bot.github.standing import fetch_standing
from bot.queue.wire import CommandJob
from bot.rendering.replies import left_out_words, permission_words, reply, reply_marker
from workers.commands.arguing import argue
from workers.commands.desk import Desk, Obeys, Outcome, Task
from workers.commands.dismissing import dismiss
from workers.commands.explaining import explain_finding
from workers.commands.helping import help_people
from workers.commands.pausing import pause, resume
from workers.commands.reviews import refresh, review, review_all
from workers.commands.showing import show_policy
from workers.commands.testing import propose_tests
from workers.operator_limits import limited
from workers.reading_pulls import read_policy

_log = logging.getLogger(__name__)

COMMANDS: Final[Mapping[CommandName, Obeys]] = MappingProxyType(
    {
        CommandName.REVIEW: review,
        CommandName.FULL: review_all,
        CommandName.HELP: help_people,
        CommandName.PAUSE: pause,
        CommandName.RESUME: resume,
        CommandName.CONFIG: show_policy,
        CommandName.TESTS: propose_tests,
        CommandName.EXPLAIN: explain_finding,
        CommandName.DISMISS: dismiss,
    }
)
UNTYPED: Final[Mapping[CommandName, Callable[[Desk, CommandRequest], Awaitable[None]]]] = MappingProxyType(
    {CommandName.ARGUE: argue, CommandName.REFRESH: refresh}
)
"""What follows from an answer or a click; these have rules of their own for who is heard."""

MOST_AT_ONCE: Final = 3
"""Commands of one comment."""


async def obey(desk: Desk, job: CommandJob) -> None:
    """Carry out the commands of a comment, if its author may give them, and show what became of them.

    Raises:
        Exception: whatever kept it from being done; once no later try follows, its author has seen 😕, but
            for one of whom GitHub never said that they may write.
    """
    request = job.request
    if not await _is_its_turn(desk, job):
        return
    untyped = UNTYPED.get(request.command.name)
    if untyped is not None:
        await untyped(desk, request)
        return
    if not await _is_heard(desk, request):
        _log.info("A command on %s was not obeyed: its author may not give it", request.ref.external_id)
        return
    try:
        outcome = await _outcome_of_all(desk, request)
    except Exception as error:  # whatever it was: it is raised on, and its author sees a sign
        if desk.is_last(error):
            await _show(desk, request, Reaction.CONFUSED)
        raise
    await _show(desk, request, Reaction.DONE if outcome.done else Reaction.CONFUSED)


async def _is_heard(desk: Desk, request: CommandRequest) -> bool:
    """Whether its author may write; nobody else gets any sign."""
    if not await surely_may_command(desk.github, request.ref.repo, request.author):
        return False
    return desk.breaker.heard(request.ref, request.author)


async def _outcome_of_all(desk: Desk, request: CommandRequest) -> Outcome:
    """What the comment comes to, said by then.

    A colleague whom only the policy refuses is told so: our comments ask everybody for an answer.
    """
    task = await _task(desk, request)
    least = task.in_force.policy.permission
    if least is MayCommand.WRITE or await surely_may_command(
        desk.github, request.ref.repo, request.author, least
    ):
        await _show(desk, request, Reaction.SEEN)
        outcome = await _carry_out(task)
    else:
        outcome = Outcome(done=False, text=permission_words(least))
    await _answer(task, outcome)
    return outcome


async def _task(desk: Desk, request: CommandRequest) -> Task:
    """The command with its pull request and policy."""
    pull = await fetch_pull_request(desk.github, request.ref)
    in_force = limited(await read_policy(desk.github, pull, desk.policies), desk.settings)
    return Task(desk, request, pull, in_force)


async def _outcome(task: Task) -> Outcome:
    """What the command comes to: what an earlier try found out and could not say, or it is carried out."""
    store, request = task.desk.store, task.request
    outcome = store.answer(request.delivery, Outcome)
    if outcome is None:
        outcome = await COMMANDS[request.command.name](task)
        if outcome.text:
            store.keep_answer(request.delivery, outcome)
    return outcome


async def _is_its_turn(desk: Desk, job: CommandJob) -> bool:
    """Whether it is done now; else it was put off, or it is one too many.

    While GitHub wants a pause of the installation, nothing is asked or said.
    """
    request, ref = job.request, job.request.ref
    wait = _turn(desk, request) if job.is_first else 0.0
    if wait is None:
        _log.warning("A command on %s was dropped: there are too many", ref.external_id)
        return False
    paused = desk.store.paused_until(request.installation) - desk.clock()
    if (later := max(wait, paused)) <= 0:
        return True
    why = "waits for GitHub" if paused > 0 else "was put off: there are many"
    _log.info("A command on %s %s", ref.external_id, why, extra={"retry_in": later})
    desk.later(later)
    if paused <= 0 and request.command.name not in UNTYPED:  # an answer may be no argument with us at all
        await react(desk.github, ref.repo, request.comment_id, Reaction.SEEN, inline=request.inline)
    return False


def _turn(desk: Desk, request: CommandRequest) -> float | None:
    """Seconds until its turn; None where there are too many."""
    if request.command.name is CommandName.REFRESH:
        return desk.breaker.click(request.ref, request.author, request.delivery)
    return desk.breaker.turn(request.ref, request.author)


async def _carry_out(task: Task) -> Outcome:
    """Do what the comment asks for, in its order."""
    commands = (task.request.command, *task.request.more)
    outcomes: list[Outcome] = []
    for number, command in enumerate(commands[:MOST_AT_ONCE]):
        try:
            outcomes.append(await _outcome(_part(task, command, number)))
        except Exception as error:  # whatever it was: it is raised on, and what was done before it is said
            if outcomes and task.desk.is_last(error):
                await _answer(task, _joined(outcomes))
            raise
    if left_out := [command.name for command in commands[MOST_AT_ONCE:]]:
        unknown = task.request.unknown_texts if task.request.unknown else None
        words = left_out_words(left_out, MOST_AT_ONCE, unknown=unknown)
        outcomes.append(Outcome(done=False, text=words))
    return _joined(outcomes)


def _part(task: Task, command: Command, number: int) -> Task:
    """One command of a comment, under a name of its own: two of them may each ask for a review."""
    delivery = f"{task.request.delivery}-{number}" if number else task.request.delivery
    return replace(task, request=replace(task.request, command=command, more=(), delivery=delivery))


def _joined(outcomes: Sequence[Outcome]) -> Outcome:
    """One answer. Records come first: what is cut off where an answer is too long is its end."""
    ordered = sorted(outcomes, key=lambda outcome: not outcome.in_conversation)
    return Outcome(
        all(outcome.done for outcome in outcomes),
        "\n\n---\n\n".join(outcome.text for outcome in ordered if outcome.text),
        in_conversation=any(outcome.in_conversation for outcome in outcomes),
    )


async def _show(desk: Desk, request: CommandRequest, reaction: Reaction) -> None:
    await react(desk.github, request.ref.repo, request.comment_id, reaction, inline=request.inline)


async def _answer(task: Task, outcome: Outcome) -> None:
    """Answer each event once: in the thread where it was asked if that is ours, else in the conversation."""
    if not outcome.text:
        return
    github, request = task.desk.github, task.request
    body = reply(outcome.text, request.comment_id, delivery=request.delivery)
    marker = reply_marker(request.comment_id, delivery=request.delivery)
    if request.inline and request.thread_id is not None and not outcome.in_conversation:
        thread = (await fetch_standing(github, request.ref)).thread_of(request.thread_id)
        if thread is not None:
            await post_in_thread(github, request.ref, thread, body, marker=marker)
            return
    await post_reply(github, request.ref, body, marker=marker)
