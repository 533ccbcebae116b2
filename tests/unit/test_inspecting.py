from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.domain.request import Look, ReviewRequest
from bot.store.pauses import Pauses
from tests.support.memory import memory_of
from tests.support.queueing import take
from tests.support.scripted import finds, found, votes
from tests.support.serving import HEAD, Bot, serving

Under = Callable[[str], Bot]


@pytest.fixture
def under(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Under]:
    """The bot on a pull request of a repository with this policy."""
    with ExitStack() as stack:
        yield lambda policy: stack.enter_context(serving(tmp_path, valkey_url, redis, policy))


async def push(bot: Bot, number: int, text: str = "") -> None:
    """A further commit, and what the bot makes of it."""
    files = {"shapes.py": text} if text else {f"more_{number}.py": f"x = {number}\n"}
    bot.scene.sandbox.commit(bot.scene.repository, "change", files)
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, f"push-{number}"))
    await bot.serve(take(bot.redis))


def title(bot: Bot) -> str:
    return str(bot.scene.repository.checks[-1].title)


async def test_many_pushes_pause_the_reviews_and_say_so_once(under: Under) -> None:
    bot = under("triggers: {pause_after: {pushes: 2, minutes: 60}}\n")
    await bot.serve()
    for number in (1, 2):
        await push(bot, number)
        assert "paused" not in title(bot)
    asked = bot.asked
    for number in (3, 4):
        await push(bot, number)
        assert "paused" in title(bot)
        assert bot.scene.repository.checks[-1].conclusion == "neutral"
    assert bot.asked == asked
    said = [one for one in bot.scene.pull.comments if "/ai-review resume" in one.body]
    assert len(said) == 1


async def test_a_pause_is_known_from_its_comment_where_redis_lost_it(under: Under) -> None:
    bot = under("triggers: {pause_after: {pushes: 2, minutes: 60}}\n")
    await bot.serve()
    for number in (1, 2, 3):
        await push(bot, number)
    Pauses(bot.redis).resume(bot.scene.ref)
    await push(bot, 4)
    assert "paused" in title(bot)


async def test_somebody_who_asks_is_not_paused(under: Under) -> None:
    bot = under("triggers: {pause_after: {pushes: 2, minutes: 60}}\n")
    await bot.serve()
    for number in (1, 2, 3):
        await push(bot, number)
    bot.queue.submit(bot.scene.request(Trigger.COMMAND, "d-9"))
    await bot.serve(take(bot.redis))
    assert "paused" not in title(bot)


@pytest.mark.parametrize(
    ("policy", "words"),
    [("triggers: {push: first}\n", "after the first one"), ("triggers: {max_rounds: 1}\n", "as many as")],
)
async def test_pushes_beyond_what_the_policy_wants_are_said_to_be_skipped(
    under: Under, policy: str, words: str
) -> None:
    bot = under(policy)
    await bot.serve()
    asked = bot.asked
    await push(bot, 1)
    assert words in title(bot)
    assert "1 still open" in title(bot)
    assert bot.asked == asked


async def test_without_a_summary_the_check_says_it_all(under: Under) -> None:
    bot = under("summary: false\n")
    await bot.serve()
    assert bot.scene.pull.comments == []
    assert title(bot) == "1 finding: high severity"
    assert len(bot.scene.pull.review_comments) == 1


async def test_a_ledger_is_kept_and_built_again_from_the_comments(under: Under) -> None:
    bot = under("")
    await bot.serve()
    ledgers = memory_of(bot.redis).ledgers
    kept = ledgers.find(bot.scene.ref)
    assert kept is not None
    assert (kept.round, len(kept.open)) == (1, 1)
    bot.redis.delete(*bot.redis.keys("ai-review:ledger:*"))
    asked = bot.asked
    await push(bot, 1, HEAD["shapes.py"] + "\n\nWIDTH = 1\n")
    again = ledgers.find(bot.scene.ref)
    assert again is not None
    assert (again.round, len(again.open)) == (2, 1)
    assert len(bot.scene.pull.review_comments) == 1
    assert bot.asked > asked


@pytest.mark.parametrize("policy", ["summary: false\n", ""], ids=["check", "summary"])
async def test_what_has_no_inline_comment_is_not_forgotten_with_redis(under: Under, policy: str) -> None:
    bot = under(f"max_comments: 1\n{policy}")
    callers = found("shapes.py", "def ratio(width, height):", claim="Callers pass the height first.")
    bot.model(
        finds(found("shapes.py", "    return width / height"), callers | {"category": "contract"}, times=1),
        finds(),
        votes("confirmed"),
    )
    await bot.serve()
    assert title(bot) == "2 findings, worst: high"
    assert len(bot.scene.pull.review_comments) == 1
    kept = memory_of(bot.redis).ledgers.find(bot.scene.ref)
    asked = bot.asked
    bot.redis.delete(*bot.redis.keys("ai-review:ledger:*"))
    await push(bot, 1)
    assert "2 still open" in title(bot)
    again = memory_of(bot.redis).ledgers.find(bot.scene.ref)
    assert again is not None
    assert kept is not None
    assert (again.round, again.hunks > kept.hunks) == (2, True)
    assert bot.asked == asked + 1
    assert len(bot.scene.pull.review_comments) == 1


async def test_who_asks_once_more_gets_no_comments_beyond_the_limit(under: Under) -> None:
    bot = under("max_comments: 1\n")
    callers = found("shapes.py", "def ratio(width, height):", claim="Callers pass the height first.")
    bot.model(
        finds(found("shapes.py", "    return width / height"), callers | {"category": "contract"}),
        votes("confirmed"),
        votes("confirmed").model_copy(update={"name": "recheck"}),
    )
    await bot.serve()
    for number in range(2):
        bot.queue.submit(bot.scene.request(Trigger.COMMAND, f"again-{number}"))
        await bot.serve(take(bot.redis))
        assert title(bot) == "2 findings, worst: high"
        assert len(bot.scene.pull.review_comments) == 1
        assert "1 finding listed without a comment" in bot.scene.pull.comments[0].body


async def test_full_looks_at_everything_again(under: Under) -> None:
    bot = under("")
    await bot.serve()
    bot.model(
        finds(
            found("shapes.py", "    return width / height"),
            found(
                "shapes.py",
                "def ratio(width, height):",
                claim="Callers pass the height first.",
                category="contract",
            ),
        ),
        votes("confirmed"),
        votes("confirmed").model_copy(update={"name": "recheck"}),
    )
    request = bot.scene.request(Trigger.COMMAND, "d-2")
    bot.queue.submit(
        ReviewRequest(request.ref, request.installation, request.trigger, request.delivery, Look.ALL)
    )
    await bot.serve(take(bot.redis))
    [check] = bot.scene.repository.checks
    assert str(check.title) == "2 findings, worst: high"
    assert len(bot.scene.pull.review_comments) == 2


async def test_a_policy_that_became_wrong_leaves_the_last_good_one_in_force(under: Under) -> None:
    bot = under("fail_on: high\n")
    await bot.serve()
    assert bot.scene.repository.checks[-1].conclusion == "failure"
    bot.scene.sandbox.commit(bot.scene.repository, "main", {".github/ai-review.yml": "fail_on: hihg\n"})
    await push(bot, 1)
    assert bot.scene.repository.checks[-1].conclusion == "failure"
    assert "did you mean" in bot.scene.pull.comments[0].body or "one of" in bot.scene.pull.comments[0].body
