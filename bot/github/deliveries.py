"""What GitHub sent to the App, and how it was answered; and having it sent once more.

GitHub keeps these for three days and repeats none by itself. A repetition has the id (`guid`) of the first,
so the queue knows what it has accepted before.
What is *not* here: which of them to ask for again (workers.sweep).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from bot.github.client import GitHub

KEPT_SECONDS: Final = 3 * 86_400
"""How long GitHub keeps a delivery; GitHub Enterprise Server does so for seven days."""
MOST_PAGES: Final = 30
"""Pages of one listing."""
_PAGE: Final = 100
_PATH: Final = "/app/hook/deliveries"


class Delivery(msgspec.Struct, frozen=True):
    """One attempt to deliver an event.

    Attributes:
        id: of this attempt.
        guid: `X-GitHub-Delivery`, the same for every attempt of an event.
        status_code: how it was answered; 0: not at all.
        redelivery: whether somebody asked for it.
    """

    id: int
    guid: str
    delivered_at: datetime
    status_code: int
    event: str = ""
    action: str | None = None
    redelivery: bool = False

    @property
    def was_taken(self) -> bool:
        """Whether the receiver accepted it."""
        return 200 <= self.status_code < 300

    @property
    def at(self) -> float:
        """When it was sent, POSIX time in seconds."""
        return self.delivered_at.timestamp()


@dataclass(frozen=True, slots=True)
class Listing:
    """Attempts, newest first.

    Attributes:
        is_whole: it reaches back as far as was wanted, or as GitHub remembers.
    """

    attempts: tuple[Delivery, ...]
    is_whole: bool


async def newest_deliveries(app: GitHub, most: int) -> list[Delivery]:
    """The last attempts, newest first, at most a page of them.

    Args:
        app: a connection that speaks for the App itself.

    Raises:
        AccessLost: this GitHub does not list them.
    """
    return await app.get(_PATH, list[Delivery], {"per_page": min(most, _PAGE)})


async def deliveries_since(app: GitHub, since: float, pages: int = MOST_PAGES) -> Listing:
    """Every attempt since a moment (POSIX time in seconds), in at most so many pages.

    Raises:
        GitHubError: one of them could not be had.
    """
    found: list[Delivery] = []
    asked: dict[str, str | int] = {"per_page": _PAGE}
    for _ in range(pages):
        page, cursor = await app.get_page(_PATH, list[Delivery], asked)
        found += (one for one in page if one.at >= since)
        if cursor is None or not page or page[-1].at < since:
            return Listing(tuple(found), is_whole=True)
        asked["cursor"] = cursor
    return Listing(tuple(found), is_whole=False)


async def deliver_again(app: GitHub, delivery: Delivery) -> None:
    """Have an attempt repeated: as soon as GitHub comes to it, after this has returned.

    Raises:
        AccessLost: GitHub does not keep it any more.
        GitHubError: GitHub could not be asked; it may repeat it all the same.
    """
    await app.post(f"{_PATH}/{delivery.id}/attempts", {}, dict[str, object])
