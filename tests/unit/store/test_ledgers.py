from __future__ import annotations

from dataclasses import replace

from redis import Redis

from bot.domain.ledger import Ledger
from bot.domain.pull_request import PullRequestRef
from bot.store.ledgers import Ledgers
from tests.support.reviews import LOST_GUARD, marked

REF = PullRequestRef("acme/shop", 1)


def test_a_ledger_of_very_many_findings_is_found_as_it_was_kept(redis: Redis) -> None:
    long = marked(replace(LOST_GUARD, quote="x = 1\n" * 400))
    huge = Ledger("b" * 40, 3, (long,) * 600)
    ledgers = Ledgers(redis)
    ledgers.keep(REF, huge)
    assert ledgers.find(REF) == huge
