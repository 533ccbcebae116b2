from __future__ import annotations

from redis import Redis

from bot.domain.ledger import Ledger
from bot.domain.policy import MayCommand
from bot.domain.pull_request import PullRequestRef
from bot.store.breaker import Breaker
from bot.store.keeping import Store
from bot.store.ledgers import Ledgers
from bot.store.pauses import Pauses
from bot.store.policies import Policies

REF = PullRequestRef("Octo/Shop", 7, "a" * 40)


def test_what_another_release_kept_is_found_under_the_same_keys(redis: Redis) -> None:
    Ledgers(redis).keep(REF, Ledger("b" * 40))
    Pauses(redis).pause(REF, "mira", "", 1.8e9)
    Policies(redis).put("Octo/Shop", "main", "a: 1")
    Breaker(redis).admits(REF, "Eve")
    Store(redis).intend(REF, "check")
    Store(redis).join_commit(REF)
    Store(redis).note_stranger("Octo/Shop", "Eve", MayCommand.WRITE)
    assert sorted(key.decode() for key in redis.keys("*")) == [
        "ai-review:breaker:author:9f654df0898d3510b0c4",
        "ai-review:breaker:pull:82398249fe7fedd0949c",
        "ai-review:commit:1c6649d7d8f5703e38b8",
        "ai-review:intents:56eed68c341bb23568df",
        "ai-review:ledger:8dd71d86da4c52d31dd8",
        "ai-review:paused:8dd71d86da4c52d31dd8",
        "ai-review:policy:ab87a04d6a505d772fd4",
        "ai-review:stranger:9196db85d12862f80320",
    ]


def test_a_name_with_any_character_has_a_key(redis: Redis) -> None:
    breaker = Breaker(redis)
    assert breaker.admits(REF, "eve\udcff")
    assert breaker.admits(REF, "eve\udcfe" * 1_000)
    assert max(map(len, redis.keys("*"))) < 100
