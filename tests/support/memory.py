"""What jobs keep in Redis, put together as in a worker."""

from __future__ import annotations

from redis import Redis

from bot.store import Store
from bot.store.ledgers import Ledgers
from bot.store.pauses import Pauses
from bot.store.policies import Policies
from workers.inspecting import Memory


def memory_of(redis: Redis, store: Store | None = None) -> Memory:
    """Everything in one Redis; `store` takes the place of the one that it would have."""
    return Memory(store or Store(redis), Ledgers(redis), Pauses(redis), Policies(redis))
