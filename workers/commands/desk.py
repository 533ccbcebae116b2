"""What commands work with, what they are given, and what becomes of them.

What is *not* here: the commands, and the order of things around them (workers.commands.obeying).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.domain.finding import Disposition, MarkedFinding
from bot.domain.in_force import PolicyInForce
from bot.domain.pull_request import PullRequest
from bot.domain.request import CommandRequest, ReviewRequest
from bot.github.client import GitHub
from bot.settings import Settings
from bot.store import Store
from bot.store.breaker import Breaker
from bot.store.ledgers import Ledgers
from bot.store.pauses import Pauses
from bot.store.policies import Policies
from workers.models.limits import Limiter


class Submits(Protocol):
    """The queue, as far as commands need it."""

    def submit(self, request: ReviewRequest) -> bool:
        """Keep a request: True when it was new."""


class Settles(Protocol):
    """Settles a finding in its thread, learns from it, and has ledger, check and summary made anew."""

    async def __call__(
        self, pull: PullRequest, comment_id: int, settled: Disposition
    ) -> MarkedFinding | None:
        """The finding as it is then; None when the comment tells none of ours."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that commands use.

    Attributes:
        limiter: bounds the model calls of the whole fleet; None bounds those of this process.
        is_last: of an error, whether no later try of this command follows.
        later: puts this command off by seconds.
        clock: POSIX time in seconds.
    """

    github: GitHub
    store: Store
    ledgers: Ledgers
    pauses: Pauses
    breaker: Breaker
    policies: Policies
    queue: Submits
    settings: Settings
    settle: Settles
    limiter: Limiter | None = None
    is_last: Callable[[Exception], bool] = lambda _: True
    later: Callable[[float], None] = lambda _: None
    clock: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Task:
    """A command whose author may give it."""

    desk: Desk
    request: CommandRequest
    pull: PullRequest
    in_force: PolicyInForce


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command.

    Attributes:
        done: said with 👍; else with 😕.
        text: the answer; empty where the sign is enough.
        in_conversation: answered there, wherever it was asked: the answer is a record that has to be found.
    """

    done: bool
    text: str = ""
    in_conversation: bool = False


Obeys = Callable[[Task], Awaitable[Outcome]]
"""One command. It raises ReviewBotError when it could not be done now."""
