"""Requests and job arguments as JSON text, with a version.

A field may be added within a version: readers ignore what they do not know, and a new field has a default, so
that jobs of the release before and after can be read. Anything else needs a new version, and readers of both.
What is *not* here: where the text is kept (bot.queue.inbox, bot.queue.runs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from bot.domain.request import CommandRequest, ReviewRequest
from bot.errors import JobUnreadable

VERSION: Final = 1

KindT = TypeVar("KindT", "ReviewJob", "CommandJob", ReviewRequest)


@dataclass(frozen=True, slots=True)
class ReviewJob:
    """Argument of a review job: which slot it serves, and which of the slot's jobs it is.

    The request is not in it: it stands in the slot, where a newer one can replace it.
    """

    slot: str
    ticket: str


@dataclass(frozen=True, slots=True)
class CommandJob:
    """Argument of a command job.

    Attributes:
        retries: how often it was put off until now because it failed.
        pauses: how often it was put off because GitHub asked for a pause, or it was not its turn: no failure
            of its own.
        waits: how often it was put off because what it sent could still appear.
    """

    request: CommandRequest
    retries: int = 0
    pauses: int = 0
    waits: int = 0

    @property
    def number(self) -> str:
        """Tells the tries of one request apart: "0" is the first."""
        if self.waits:
            return f"{self.retries}-{self.pauses}-{self.waits}"
        return f"{self.retries}-{self.pauses}" if self.pauses else str(self.retries)

    @property
    def is_first(self) -> bool:
        """Whether it was never put off."""
        return self.retries == self.pauses == self.waits == 0


class _Envelope(msgspec.Struct):
    version: int
    body: msgspec.Raw


def encode(body: ReviewJob | CommandJob | ReviewRequest) -> str:
    """`{"version": 1, "body": {...}}`."""
    return msgspec.json.encode(_Envelope(VERSION, msgspec.Raw(msgspec.json.encode(body)))).decode()


def decode(text: str | bytes, kind: type[KindT]) -> KindT:
    """The value that `encode` was given.

    Raises:
        JobUnreadable: another version's, damaged, or of another kind.
    """
    try:
        envelope = msgspec.json.decode(text, type=_Envelope)
        if envelope.version != VERSION:
            raise JobUnreadable(
                f"A job of format {envelope.version} is on the queue and this release reads format "
                f"{VERSION}: run the release that wrote it, or a newer one"
            )
        return msgspec.json.decode(envelope.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise JobUnreadable(f"A {kind.__name__} on the queue cannot be read: {error}") from None
