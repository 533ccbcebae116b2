"""Connections to Redis, and its errors as ours.

The two kinds of process want opposite things of an outage. The receiver must say 'not now' at once, since
GitHub waits. A worker must wait, since it may hold a finished review.
What is *not* here: what is kept in Redis (bot.queue, bot.store) and the embedded server (bot.valkey).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from redis import BlockingConnectionPool, Redis
from redis.asyncio import BlockingConnectionPool as AsyncPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from bot.errors import QueueUnavailable

CONNECT_SECONDS: Final = 0.5
ANSWER_SECONDS: Final = 1.2  # together with the connect time well under the two seconds a receiver may take
_WORKER_CONNECT_SECONDS: Final = 2.0
_WORKER_ANSWER_SECONDS: Final = 5.0
_PATIENCE: Final = 40  # tries, two seconds apart at most: an outage of over a minute is sat out
_CONNECTIONS: Final = 32


def short_hash(text: str) -> str:
    """20 hexadecimal digits for a key: names of others have any length, and any character."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def connect_impatiently(url: str) -> AsyncRedis:
    """For the receiver: no second try, an answer or an error in under two seconds."""
    pool = AsyncPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=AsyncRetry(NoBackoff(), 0),
    )
    return AsyncRedis.from_pool(pool)


def connect_once(url: str) -> Redis:
    """For commands that a person waits for: no second try."""
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def connect_patiently(url: str) -> Redis:
    """For workers: every command is tried again for about 75 seconds.

    A command that was carried out but whose answer got lost is sent twice. Every script of the queue and of
    a day's spending and rq's own transactions stand that: at worst a job is started twice, and the second
    start finds nothing to do.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        socket_connect_timeout=_WORKER_CONNECT_SECONDS,
        socket_timeout=_WORKER_ANSWER_SECONDS,
        retry=Retry(ExponentialBackoff(cap=2.0, base=0.05), _PATIENCE),
    )
    return Redis.from_pool(pool)


@contextmanager
def translated() -> Iterator[None]:
    """Raises what redis-py raises as `QueueUnavailable`, without addresses or passwords."""
    try:
        yield
    except AuthenticationError as error:  # an error of the connection, to redis-py
        raise QueueUnavailable(
            f"Redis does not accept the name or password ({type(error).__name__})"
        ) from None
    except (RedisConnectionError, RedisTimeoutError, OSError) as error:
        raise QueueUnavailable(f"Redis does not answer ({type(error).__name__})") from None
    except ResponseError as error:
        # OutOfMemoryError, ReadOnlyError, ... The text is left out: it may quote what was sent.
        raise QueueUnavailable(f"Redis refuses ({type(error).__name__})") from None
    except RedisError as error:
        raise QueueUnavailable(f"Redis failed ({type(error).__name__})") from None
