"""More commands and clicks at once than are obeyed: a stranger's cost nothing, a colleague's wait in line."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from bot.errors import GitHubError
from bot.queue.wire import CommandJob
from bot.sandbox.journal import Fault
from bot.store.breaker import MOST_A_MINUTE, MOST_WAITING
from tests.support.desk import Commanding, signs
from workers.commands import obey


async def test_a_strangers_flood_asks_no_model_and_stays_within_a_few_calls(people: Commanding) -> None:
    root = await people.tells()
    before = len(people.calls())
    for number in range(100):
        await people.say(f"/ai-review full {number}", "eve")
        await people.answer(root, f"It is checked {number} times.", "eve")
    assert len(people.calls(before)) <= 3 * MOST_A_MINUTE
    assert people.asked == []
    assert (people.queue.requests, people.answers(), people.in_thread(root)) == ([], [], [])


async def test_nor_does_a_strangers_flood_where_github_does_not_say_who_they_are(people: Commanding) -> None:
    people.scene.sandbox.fail(Fault("GET", "/eve/permission", status=403, times=999))
    before, comments = len(people.calls()), []
    for number in range(100):
        comments.append(people.scene.sandbox.comment(people.pull, f"/ai-review full {number}", author="eve"))
        with suppress(GitHubError):
            await people.follow(people.request())
    assert len(people.calls(before)) <= MOST_A_MINUTE
    assert (people.answers(), [signs(one) for one in comments if signs(one)]) == ([], [])


async def test_a_writers_flood_is_put_off_in_its_order_and_does_not_go_on_for_ever(
    people: Commanding,
) -> None:
    waits: list[float] = []
    people.desk = replace(people.desk, later=waits.append)
    comments = [await people.say("/ai-review help") for _ in range(MOST_A_MINUTE + MOST_WAITING + 3)]
    put_off = comments[MOST_A_MINUTE : MOST_A_MINUTE + MOST_WAITING]
    assert [signs(comment) for comment in put_off] == [["eyes"]] * MOST_WAITING
    assert [signs(comment) for comment in comments[-3:]] == [[]] * 3
    assert len(waits) == MOST_WAITING
    assert waits == sorted(waits)


async def test_clicks_of_a_flood_become_one_refresh_that_waits(people: Commanding) -> None:
    waits: list[float] = []
    people.desk = replace(people.desk, later=waits.append)
    root = await people.tells()
    for number in range(MOST_A_MINUTE + 6):
        (people.scene.sandbox.unresolve if number % 2 else people.scene.sandbox.resolve)(root, by="wanda")
        request = people.request()
        await people.follow(request)
    assert len(people.queue.requests) == MOST_A_MINUTE
    [seconds] = waits
    assert 0 < seconds <= 60
    assert signs(await people.say("/ai-review help")) == ["eyes", "+1"]


async def test_a_command_that_waited_for_github_counts_once(people: Commanding) -> None:
    people.scene.sandbox.comment(people.pull, "/ai-review", author="wanda")
    request = people.request()
    assert request is not None
    for pauses in range(MOST_A_MINUTE + 3):
        await obey(people.desk, CommandJob(request, pauses=pauses))
    assert len(people.queue.requests) == MOST_A_MINUTE + 3
