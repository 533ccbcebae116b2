"""Several commands in one comment: in their order, with one answer, and no more than three of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.request import Look
from bot.errors import AccessLost
from bot.rendering.pauses import pause_record
from tests.support.desk import Commanding, signs


async def test_every_command_of_a_comment_is_obeyed_and_answered_once(people: Commanding) -> None:
    comment = await people.say("/ai-review help\n/ai-review config\n/ai-review")
    [answer] = people.answers()
    assert "show this list" in answer
    assert "`fail_on`" in answer
    assert signs(comment) == ["eyes", "+1"]
    assert [request.look for request in people.queue.requests] == [Look.NEW]


async def test_two_kinds_of_review_in_one_comment_are_two_requests(people: Commanding) -> None:
    await people.say("/ai-review\n/ai-review full")
    assert [request.look for request in people.queue.requests] == [Look.NEW, Look.ALL]
    assert len({request.delivery for request in people.queue.requests}) == 2


async def test_what_one_comment_asks_for_beyond_three_commands_is_named(people: Commanding) -> None:
    words = ("resume", "help", "nonsense", "config", "tests", "full")
    comment = await people.say("\n".join(f"/ai-review {word}" for word in words))
    [answer] = people.answers()
    assert "`/ai-review tests`, `/ai-review full`" in answer.rsplit("---", 1)[1]
    assert signs(comment) == ["eyes", "confused"]
    assert people.queue.requests == []


async def test_of_several_commands_those_that_are_none_are_named(people: Commanding) -> None:
    await people.say("/ai-review resume\n/ai-review confg\n/ai-review full please")
    assert "`/ai-review confg`, `/ai-review full please` are no commands." in people.answers()[0]


async def test_a_word_beyond_three_commands_that_is_none_is_not_called_help(people: Commanding) -> None:
    words = ("resume", "config", "tests", "fooo", "full")
    await people.say("\n".join(f"/ai-review {word}" for word in words))
    told = people.answers()[0].rsplit("---", 1)[1]
    assert "Left out: `/ai-review fooo` (no command), `/ai-review full`." in told
    assert "/ai-review help" not in told


async def test_help_that_was_asked_for_beyond_three_commands_is_named(people: Commanding) -> None:
    words = ("resume", "config", "tests", "help")
    await people.say("\n".join(f"/ai-review {word}" for word in words))
    assert "Left out: `/ai-review help`." in people.answers()[0]


async def test_a_record_of_one_command_does_not_get_lost_with_the_failure_of_another(
    people: Commanding,
) -> None:
    async def refused(*_: object) -> None:
        raise AccessLost("no", status=403)

    people.desk = replace(people.desk, settle=refused)
    root = await people.tells()
    with pytest.raises(AccessLost):
        await people.answer(root, "/ai-review pause\n/ai-review dismiss")
    assert pause_record(people.answers()) is not None
