"""Everything that this GitHub remembers, with the look-ups that every part needs.

What is *not* here: what the records hold (state.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from bot.sandbox.state import App, Delivery, Installation, Repository, Token, User


class State:
    """Everything there is, with the look-ups that every part needs."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.repositories: dict[int, Repository] = {}
        self.old_names: dict[str, int] = {}
        self.tokens: dict[str, Token] = {}
        self.deliveries: list[Delivery] = []
        self._ids: Iterator[int] = itertools.count(1_001)
        self._big_ids: Iterator[int] = itertools.count(2_500_000_001)

    def new_id(self) -> int:
        """A number that nothing else has."""
        return next(self._ids)

    def new_big_id(self) -> int:
        """The same beyond 32 bits, as GitHub's ids of comments and check runs are by now."""
        return next(self._big_ids)

    def user(self, login: str, kind: str = "User") -> User:
        """The account with this login, made when it is new."""
        key = login.lower()
        if key not in self.users:
            self.users[key] = User(self.new_id(), login, kind)
        return self.users[key]

    def repository(self, full_name: str) -> Repository | None:
        """A repository by OWNER/NAME, in any spelling of case."""
        wanted = full_name.lower()
        return next((one for one in self.repositories.values() if one.full_name.lower() == wanted), None)

    def renamed_repository(self, full_name: str) -> Repository | None:
        """What had this name before, unless another repository has taken it since."""
        if self.repository(full_name) is not None:
            return None
        return self.repositories.get(self.old_names.get(full_name.lower(), 0))

    def installations_on(self, repository: Repository) -> list[Installation]:
        """Everything installed there, suspended ones included."""
        return [one for one in self.installations.values() if one.covers(repository)]
