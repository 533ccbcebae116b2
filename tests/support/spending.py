"""A day's spending whose Redis goes away at a bad moment."""

from __future__ import annotations

from bot.errors import QueueUnavailable
from bot.store import DaySpending, Store
from bot.store.spending import HOLD_SECONDS


class ForgetfulStore(Store):
    """Redis goes away before the first booking, and comes back with the second try."""

    def day_spending(self, repo: str, limit: float, lease: float = HOLD_SECONDS) -> DaySpending:
        day = super().day_spending(repo, limit, lease)
        return _Forgetful(day.redis, day.key, limit, lease)


class _Forgetful(DaySpending):
    def book(self, name: str, spent: float) -> None:
        if self.redis.set("test:was-away", 1, nx=True):
            raise QueueUnavailable("Redis does not answer")
        super().book(name, spent)
