"""Which of two requests of a pull request waits: the table in bot/queue/lua/common.lua."""

from __future__ import annotations

import dataclasses

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.domain.request import Look, ReviewRequest
from bot.queue import Queue
from bot.queue.layout import slot_id, slot_key
from tests.support.queueing import AT_ONCE, begun, scheduled_jobs, take, take_scheduled, waiting_jobs
from tests.support.requests import review_request

SLOT = slot_key(slot_id("octo/shop", 7))


def push(delivery: str) -> ReviewRequest:
    return review_request(delivery)


def click(delivery: str) -> ReviewRequest:
    return dataclasses.replace(review_request(delivery, head=None), look=Look.STANDING)


def command(delivery: str) -> ReviewRequest:
    return review_request(delivery, head=None, trigger=Trigger.COMMAND)


COMES = {"push": push, "click": click, "command": command}
TABLE = [
    ("push", "push", "new", ""),
    ("push", "click", "new", "ps"),
    ("push", "command", "new", "1"),
    ("click", "push", "old", "ps"),
    ("click", "click", "new", "s"),
    ("click", "command", "new", "1"),
    ("both", "push", "old", "ps"),
    ("both", "click", "new", "ps"),
    ("both", "command", "new", "1"),
    ("try", "push", "new", ""),
    ("try", "click", "old", "r"),
    ("try", "command", "new", "1"),
    ("command", "push", "old", "1"),
    ("command", "click", "old", "1"),
    ("command", "command", "new", "1"),
]
"""What waits, what comes, which of them then waits, and as what."""


def waits(queue: Queue, redis: Redis, what: str) -> None:
    """Let something wait whose delivery is `old`."""
    queue.submit(push("before") if what == "both" else COMES.get(what, push)("old"))
    if what == "both":
        queue.submit(click("old"))
    elif what == "try":
        begun(queue, take(redis)).retry_later(300)


@pytest.mark.parametrize(("old", "new", "stays", "rank"), TABLE)
def test_of_two_requests_one_waits_and_its_rank_says_what_it_covers(
    redis: Redis, old: str, new: str, stays: str, rank: str
) -> None:
    queue = Queue(redis, AT_ONCE)
    waits(queue, redis, old)
    queue.submit(COMES[new]("new"))
    assert str(redis.hget(SLOT, "urgent") or b"", "ascii") == rank  # type: ignore[arg-type]
    run = begun(queue, take(redis) if waiting_jobs(redis) else take_scheduled(redis))
    assert run.request.delivery == stays


@pytest.mark.parametrize(
    ("under_way", "came", "stays", "rank"),
    [
        ("push", (), "tried", "r"),
        ("push", ("click",), "tried", "r"),
        ("push", ("push",), "came", ""),
        ("push", ("push", "click"), "came", "ps"),
        ("push", ("command",), "came", "1"),
        ("command", ("push",), "tried", "1"),
        ("command", ("push", "click"), "tried", "1"),
        ("command", ("command",), "came", "1"),
    ],
)
def test_what_is_to_be_tried_again_takes_the_place_of_what_reads_less(
    redis: Redis, under_way: str, came: tuple[str, ...], stays: str, rank: str
) -> None:
    queue = Queue(redis, AT_ONCE)
    queue.submit(COMES[under_way]("tried"))
    run = begun(queue, take(redis))
    for number, what in enumerate(came):
        queue.submit(COMES[what]("came" if number == len(came) - 1 else "before"))
    run.retry_later(300)
    assert str(redis.hget(SLOT, "urgent") or b"", "ascii") == rank  # type: ignore[arg-type]
    run = begun(queue, take(redis) if waiting_jobs(redis) else take_scheduled(redis))
    assert run.request.delivery == stays


@pytest.mark.parametrize(
    ("under_way", "came", "stays", "rank", "follows"),
    [
        ("push", ("push",), "came", "", []),
        ("push", ("click",), "came", "s", []),
        ("push", ("command",), "came", "1", []),
        ("command", ("push",), "died", "1", []),
        ("command", ("click",), "died", "1", ["came"]),
        ("command", ("push", "click"), "died", "1", ["came"]),
        ("command", ("command",), "came", "1", []),
    ],
)
def test_what_waits_behind_a_death_takes_the_place_of_what_reads_no_more_and_no_click_is_lost(
    redis: Redis, under_way: str, came: tuple[str, ...], stays: str, rank: str, follows: list[str]
) -> None:
    queue = Queue(redis, AT_ONCE)
    queue.submit(COMES[under_way]("died"))
    job = take(redis)
    begun(queue, job)
    for number, what in enumerate(came):
        queue.submit(COMES[what]("came" if number == len(came) - 1 else "before"))
    queue.bury(job)
    run = begun(queue, job)
    assert run.request.delivery == stays
    assert run.attempts == (2 if stays == "died" else 1)
    assert str(redis.hget(SLOT, "rank") or b"", "ascii") == rank  # type: ignore[arg-type]
    run.finish()
    assert _all_that_follow(queue, redis) == follows


@pytest.mark.parametrize("came", [("click",), ("push", "click"), ("click", "push")])
def test_a_click_whose_place_a_try_took_follows_when_that_has_ended(
    redis: Redis, came: tuple[str, ...]
) -> None:
    queue = Queue(redis, AT_ONCE)
    queue.submit(command("tried"))
    run = begun(queue, take(redis))
    for what in came:
        queue.submit(COMES[what](what))
    run.retry_later(300)
    again = begun(queue, take_scheduled(redis))
    assert again.request.delivery == "tried"
    again.retry_later(300)
    begun(queue, take_scheduled(redis)).finish()
    assert _all_that_follow(queue, redis) == ["click"]


@pytest.mark.parametrize("what", ["push", "command"])
def test_a_click_while_a_try_waits_for_its_time_follows_it(redis: Redis, what: str) -> None:
    queue = Queue(redis, AT_ONCE)
    queue.submit(COMES[what]("tried"))
    begun(queue, take(redis)).retry_later(300)
    queue.submit(click("click"))
    run = begun(queue, take_scheduled(redis))
    assert run.request.delivery == "tried"
    run.finish()
    assert _all_that_follow(queue, redis) == ["click"]


def _all_that_follow(queue: Queue, redis: Redis) -> list[str]:
    follow = []
    while waiting_jobs(redis):
        run = begun(queue, take(redis))
        follow.append(run.request.delivery)
        run.finish()
    assert scheduled_jobs(redis) == []
    return follow
