"""Dollars that the reviews of a repository may spend on one day, shared by all workers.

What is held for questions under way stands apart from what is spent, since most of it comes back. Each hold
has a name and an end of its own: what a worker held that died is free again soon after. What such a question
did cost, nobody but the provider knows.
What is *not* here: what a question costs (workers.models).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from redis import Redis

from bot.redis_access import translated

HOLD_SECONDS: Final = 240.0
"""How long a hold lasts by itself: twice the usual time that a request to a model may take."""
_SPENDING_SECONDS: Final = 2 * 86_400
_MICRO: Final = 1_000_000
"""Spending is counted in whole millionths of a dollar, rounded up."""
_SPENT: Final = "spent"

# A hash: what is spent, and by the name of each hold `MICRODOLLARS END`, as POSIX time; one without an end
# is of another release. The caller's clock counts: holds are long compared with clock skew.
# Both scripts may be sent twice, where the answer to the first got lost.
_TAKE: Final = """
if redis.call('HEXISTS', KEYS[1], ARGV[3]) == 1 then return 1 end
local all, used = redis.call('HGETALL', KEYS[1]), 0
for i = 1, #all, 2 do
  local usd, ends = string.match(all[i + 1], '^(%-?%d+) ?(.*)$')
  if ends ~= '' and tonumber(ends) <= tonumber(ARGV[4]) then
    redis.call('HDEL', KEYS[1], all[i])
  else
    used = used + usd
  end
end
if used + ARGV[1] > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[1] .. ' ' .. ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[6])
return 1
"""
_BOOK: Final = """
redis.call('HDEL', KEYS[1], ARGV[1])
if redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return end
redis.call('HINCRBY', KEYS[1], ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
"""


@dataclass(frozen=True, slots=True)
class DaySpending:
    """What one day allows. Made for one review: the day is the one on which it started.

    Every method raises QueueUnavailable when Redis does not answer.

    Attributes:
        limit: dollars.
        lease: seconds after which a hold that nobody booked is free again; longer than any request takes.
        clock: POSIX time.
    """

    redis: Redis
    key: str
    limit: float
    lease: float = HOLD_SECONDS
    clock: Callable[[], float] = time.time

    def left(self) -> float:
        """What may still be put aside; 0 or less where nothing is left."""
        with translated():
            known: Any = self.redis.hgetall(self.key)
        now = self.clock()
        amounts = (value.decode().partition(" ") for value in known.values())
        return self._without(sum(int(usd) for usd, _, end in amounts if not end or float(end) > now))

    def unspent(self) -> float:
        """What is not spent, held or not; 0 or less where nothing is left."""
        with translated():
            spent: Any = self.redis.hget(self.key, _SPENT)
        return self._without(int(spent or 0))

    def take(self, usd: float) -> str | None:
        """Put this much aside, if it is left. Returns the name of the hold, or None."""
        name, now = secrets.token_hex(8), self.clock()
        args = (_micro(usd), round(self.limit * _MICRO), name, now, now + self.lease, _SPENDING_SECONDS)
        with translated():
            taken: Any = self.redis.eval(_TAKE, 1, self.key, *args)
        return name if taken else None

    def book(self, name: str, spent: float) -> None:
        """What was put aside under this name is free again, if it is not so already; this was spent.

        Of several times for the same name only the first counts: nobody knows whether one that failed did.
        """
        args = (name, _SPENT, _micro(spent), _SPENDING_SECONDS)
        with translated():
            self.redis.eval(_BOOK, 2, self.key, f"{self.key}:booked", *args)

    def _without(self, used: int) -> float:
        return (round(self.limit * _MICRO) - used) / _MICRO


def _micro(usd: float) -> int:
    """Whole millionths of a dollar, at least as much; less than a billionth over is no more."""
    return ceil(usd * _MICRO - 1e-3)
