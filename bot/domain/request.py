"""What is put on the queue: references only, never code, so that Redis holds nothing worth stealing.

What is *not* here: how it is written down (bot.queue.wire), and how a comment is read as a command
(bot.parsing.commands).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.pull_request import PullRequestRef, Trigger


class CommandName(StrEnum):
    """The closed grammar of `/ai-review`; `REVIEW` is the bare command.

    Two are no words that people type: `ARGUE` stands for an answer in a finding's thread, `REFRESH` for a
    thread that somebody resolved or opened again.
    """

    REVIEW = "review"
    FULL = "full"
    HELP = "help"
    PAUSE = "pause"
    RESUME = "resume"
    CONFIG = "config"
    TESTS = "tests"
    EXPLAIN = "explain"
    DISMISS = "dismiss"
    ARGUE = "argue"
    REFRESH = "refresh"


NEVER_TYPED: Final = frozenset({CommandName.ARGUE, CommandName.REFRESH})
"""What follows from something else than a word behind `/ai-review`."""


@dataclass(frozen=True, slots=True)
class Command:
    """One parsed slash command.

    Attributes:
        argument: free text after `dismiss`, for people to read only; empty for every other command.
    """

    name: CommandName
    argument: str = ""


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """A line that starts like a command and is none, to be answered politely; it does nothing.

    Attributes:
        text: what stood behind `/ai-review`, on one line, cleaned and cut; written by a stranger.
    """

    text: str


class Look(StrEnum):
    """What a review looks at.

    `NEW`: what changed since the review before; asked for by name at the same commit, everything. `ALL`:
    everything. `STANDING`: somebody settled a finding; check and summary are made anew. At a commit that was
    reviewed nothing is read for it; at another one, and where a further try was to read the rest, it is like
    `NEW`.
    """

    NEW = "new"
    ALL = "all"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """Review this pull request. One waits per pull request; a newer one replaces it.

    Attributes:
        installation: GitHub's id of the App installation, or None for one-shot use with a token.
        delivery: `X-GitHub-Delivery` of the event, or a name of our own for what a run or a command asks for.
        told_at: `updated_at` of the pull request as the event tells of it; 0 where none does.
    """

    ref: PullRequestRef
    installation: int | None
    trigger: Trigger
    delivery: str
    look: Look = Look.NEW
    told_at: float = 0.0


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """Obey the commands of a comment. Never merged with another request.

    Attributes:
        comment_id: id of the comment that gave the command; of a thread's first one where that was resolved.
        author: login of whoever did it; whether they may command is asked of GitHub by the worker.
        inline: whether it is an inline comment, whose ids GitHub counts apart.
        thread_id: id of the first comment of its thread; None where it starts one, or is not inline.
        unknown: it said `/ai-review` and then something that is no command: a `HELP` stands for that.
        unknown_texts: what that was, cleaned and cut, without secrets; for people to read only.
        more: what it asks for after `command`; each command once.
    """

    ref: PullRequestRef
    installation: int | None
    comment_id: int
    author: str
    command: Command
    delivery: str
    inline: bool = False
    thread_id: int | None = None
    unknown: bool = False
    more: tuple[Command, ...] = ()
    unknown_texts: tuple[str, ...] = ()
