"""What every part of the sandbox works on: the state with its lock, limits, clock, and outgoing events.

What is *not* here: rules of the API (api/), scenarios (sandbox.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from bot.sandbox.events import Events
from bot.sandbox.memory import State
from bot.sandbox.placement import Standing, standing
from bot.sandbox.shapes.base import Links
from bot.sandbox.state import Limits, ReviewComment
from bot.sandbox.webhooks import Webhooks


class World:
    """The parts that API and scenarios share.

    Attributes:
        changed: its lock guards `state`; notified after every call and every delivery.
        links: the addresses that payloads of events carry.
        used: requests made by each caller, for the rate limit.
    """

    def __init__(self, folder: Path, limits: Limits, clock: Callable[[], float], links: Links) -> None:
        self.folder = folder
        self.limits = limits
        self.clock = clock
        self.links = links
        self.state = State()
        self.changed = threading.Condition(threading.RLock())
        self.webhooks = Webhooks(self.state, self.changed, clock)
        self.events = Events(self.state, self.webhooks, links, self.standing)
        self.used: dict[str, int] = {}

    def move_to(self, links: Links) -> None:
        """Have payloads of events carry other addresses from now on."""
        self.links = links
        self.events.links = links

    def standing(self, comment: ReviewComment) -> Standing:
        """Where an inline comment stands in the present diff of its pull request."""
        pull, git = comment.pull, comment.pull.repository.git
        moved = None
        if comment.commit_sha != pull.head_sha:
            moved = git.file_patch(comment.commit_sha, pull.head_sha, comment.place.path).decode(
                "utf-8", "replace"
            )
        return standing(comment.place, git.changes(pull.merge_base, pull.head_sha), moved)
