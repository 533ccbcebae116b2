"""An answer in a finding's thread: a person says that the finding is wrong, and the code is looked at again.

It ends in a withdrawn finding or in one reasoned reply, at most twice a thread. An argument is a hint where
to look: for a finding that is grave, or turns the check red under the policy, the code alone has to refute it
too, and the person needs write permission.
Whoever may not argue, and whatever cannot be argued about, gets no sign at all.

What is *not* here: the questions (workers.review.second_looks), and what follows from a withdrawal
(workers.settling).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from bot.domain.finding import Disposition, Fate, Ruling, Severity, Verdict
from bot.domain.pull_request import PullRequest
from bot.domain.request import CommandRequest
from bot.github.permissions import Reaction, react, surely_may_command
from bot.github.pulls import fetch_pull_request
from bot.github.replies import post_in_thread
from bot.parsing.answers import argument_of
from bot.parsing.commands import parse_command
from bot.rendering.markers import MarkerKind, find_marker
from bot.rendering.replies import (
    looked_words,
    needs_writer_words,
    not_by_code_alone_words,
    reply,
    reply_marker,
    stays_words,
    unlooked_words,
)
from workers.commands.desk import Desk, Settles
from workers.commands.looking import Look, looking, why_silent
from workers.commands.threads import FindingThread, finding_thread
from workers.review.second_looks import judge

MOST_ROUNDS: Final = 2
_GRAVE: Final = Severity.HIGH
"""From here on whatever the policy says; milder ones where they turn the check red."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Argument:
    """What somebody says, who may say it.

    Attributes:
        number: which argument of its thread it is, from 1.
    """

    desk: Desk
    settle: Settles
    request: CommandRequest
    pull: PullRequest
    found: FindingThread
    text: str
    number: int


async def argue(desk: Desk, request: CommandRequest) -> None:
    """Look again, and say what came of it.

    Raises:
        ReviewBotError: it could not be done now; doing it again does no harm. Who saw 👀 has seen 😕 once no
            later try follows.
    """
    try:
        await _argue(desk, request)
    except Exception as error:  # whatever it was: it is raised on, and who saw a beginning sees an end
        if desk.is_last(error) and desk.store.answer(_seen(request), bool):
            await react(desk.github, request.ref.repo, request.comment_id, Reaction.CONFUSED, inline=True)
        raise


async def _argue(desk: Desk, request: CommandRequest) -> None:
    argument = await _heard(desk, request)
    if argument is None:
        _log.info("An answer on %s is no argument to look into", request.ref.external_id)
        return
    desk.store.keep_answer(_seen(request), True)
    await react(desk.github, request.ref.repo, request.comment_id, Reaction.SEEN, inline=True)
    words = desk.store.answer(request.delivery, str)
    if words is None:
        words = await _look_again(argument)
        desk.store.keep_answer(request.delivery, words)
    if not words:
        await react(desk.github, request.ref.repo, request.comment_id, Reaction.DONE, inline=True)
        return
    body = stays_words(words, last=argument.number == MOST_ROUNDS)
    await post_in_thread(
        desk.github,
        request.ref,
        argument.found.thread,
        reply(body, request.comment_id, argument.number),
        marker=reply_marker(request.comment_id, argument.number),
    )


def _seen(request: CommandRequest) -> str:
    """Under this name it is kept that its author has seen 👀."""
    return f"{request.delivery} seen"


async def _heard(desk: Desk, request: CommandRequest) -> _Argument | None:
    """The argument, where its author may argue and there is something to argue about."""
    pull = await fetch_pull_request(desk.github, request.ref)
    if not pull.is_open or not await _may_argue(desk, request, pull):
        return None
    found = await finding_thread(desk, request)
    if found is None or not found.is_open:
        return None
    said = next((one.body for one in found.thread.replies if one.id == request.comment_id), "")
    text = argument_of(said)
    if not text or parse_command(said) is not None or _is_answered(found, request.comment_id):
        return None
    number = max(
        desk.breaker.round_of(request.ref, found.thread.comment.id, request.comment_id), _rounds(found) + 1
    )
    return _Argument(desk, desk.settle, request, pull, found, text, number) if number <= MOST_ROUNDS else None


async def _may_argue(desk: Desk, request: CommandRequest, pull: PullRequest) -> bool:
    is_author = request.author.lower() == pull.author.lower()
    if not is_author and not await surely_may_command(desk.github, request.ref.repo, request.author):
        return False
    return desk.breaker.heard(request.ref, request.author)


def _is_answered(found: FindingThread, comment_id: int) -> bool:
    """Whether an earlier run of this job has answered."""
    return str(comment_id) in {values.get("comment") for values in _own_answers(found)}


def _rounds(found: FindingThread) -> int:
    """How many arguments of this thread we have answered."""
    return sum("round" in values for values in _own_answers(found))


def _own_answers(found: FindingThread) -> list[dict[str, str]]:
    """What the markers of our answers in this thread say."""
    markers = [find_marker(one.body, MarkerKind.REPLY) for one in found.thread.replies if one.is_ours]
    return [dict(marker.values) for marker in markers if marker is not None]


async def _look_again(argument: _Argument) -> str:
    """Withdraw the finding and return nothing, or return why it stays."""
    async with looking(argument.desk, argument.pull) as look:
        if look is None:
            return unlooked_words("this installation has no model")
        verdict = await judge(argument.found.marked, argument.text, look.questions(), look.checker)
        if not isinstance(verdict, Verdict):
            return unlooked_words(why_silent(verdict))
        if verdict.ruling is not Ruling.REFUTED:
            return looked_words(verdict)
        if words := await _objection(argument, verdict, look):
            return words
    await _withdraw(argument, verdict)
    return ""


async def _objection(argument: _Argument, verdict: Verdict, look: Look) -> str:
    """Why a finding stays although the argument convinced the model; empty where it may go.

    One that is grave, or turns the check red under the policy, needs a writer and the code's own word too.

    Raises:
        GitHubError: GitHub does not say now whether the person may write.
    """
    request, marked = argument.request, argument.found.marked
    severity = marked.finding.severity
    if not severity.at_least(_GRAVE) and not look.policy.fail_on.covers([severity]):
        return ""
    if not await surely_may_command(argument.desk.github, request.ref.repo, request.author):
        return needs_writer_words(verdict, severity)
    alone = await judge(marked, None, look.questions(), look.checker)
    if isinstance(alone, Verdict) and alone.ruling is Ruling.REFUTED:
        return ""
    return not_by_code_alone_words(verdict, severity, alone if isinstance(alone, Verdict) else None)


async def _withdraw(argument: _Argument, verdict: Verdict) -> None:
    by = f"{verdict.by} and {argument.request.author}"
    settled = Disposition(Fate.WITHDRAWN, verdict.reason, by)
    await argument.settle(argument.pull, argument.found.thread.comment.id, settled)
