"""An answer in a finding's thread: whose word is looked into, how often, and what it can change."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.finding import Disposition, Fate, Severity
from bot.errors import GitHubError
from bot.queue.wire import CommandJob
from bot.sandbox.journal import Fault
from bot.settings import ModelPrice
from bot.store import Store
from tests.support.desk import Commanding, signs
from tests.support.scripted import votes
from tests.support.spending import ForgetfulStore
from workers.commands import obey
from workers.models.scripted import Rule

ARGUMENT = "`people` is never empty: `open_table` refuses that."


def looks(verdict: str, reason: str = "`open_table` in line 4 refuses it.", **rule: object) -> Rule:
    """What the model says once it has heard an argument."""
    return Rule.model_validate(votes(verdict, reason=reason).model_dump() | {"name": "^argue-1$"} | rule)


async def test_an_argument_that_the_code_bears_out_withdraws_the_finding(people: Commanding) -> None:
    people.model(looks("refuted", match=r"A person says \([0-9a-f]+\):\n`people` is never empty"))
    root = await people.tells()
    comment = await people.answer(root, ARGUMENT)
    assert signs(comment) == ["eyes", "+1"]
    said = Disposition(
        Fate.WITHDRAWN, "`open_table` in line 4 refuses it.", f"scripted:{people.rules} and wanda"
    )
    assert [(place, replace(one, by=said.by)) for place, one in people.settled.asked] == [(root.id, said)]
    assert "wanda" in people.settled.asked[0][1].by
    assert people.in_thread(root) == []


@pytest.mark.parametrize("verdict", ["confirmed", "unsure"])
async def test_a_finding_that_stands_the_new_look_gets_one_reasoned_reply(
    people: Commanding, verdict: str
) -> None:
    people.model(looks(verdict, "Line 2 divides; nothing above it checks."))
    root = await people.tells()
    comment = await people.answer(root, ARGUMENT)
    assert signs(comment) == ["eyes"]
    [reply] = people.in_thread(root)
    assert reply.startswith("Looked again with")
    assert "Line 2 divides; nothing above it checks." in reply
    assert f"<!-- ai-review:reply comment={comment.id} round=1 -->" in reply
    assert people.settled.asked == []


async def test_two_arguments_of_a_thread_are_looked_into_and_the_second_reply_says_so(
    people: Commanding,
) -> None:
    people.model(looks("confirmed"))
    root = await people.tells()
    comments = [await people.answer(root, f"{ARGUMENT} ({number})") for number in range(4)]
    first, second = people.in_thread(root)
    assert "last look" not in first
    assert "This was the last look: `/ai-review dismiss` settles it." in second
    assert people.asked == ["argue-1"] * 2
    assert [signs(comment) for comment in comments] == [["eyes"], ["eyes"], [], []]


async def test_the_rounds_are_known_from_the_thread_when_redis_has_lost_them(people: Commanding) -> None:
    people.model(looks("confirmed"))
    root = await people.tells()
    for number in range(2):
        await people.answer(root, f"{ARGUMENT} ({number})")
    people.forget()
    await people.answer(root, ARGUMENT)
    assert len(people.in_thread(root)) == 2


async def test_arguments_that_come_all_at_once_are_looked_into_twice_all_the_same(people: Commanding) -> None:
    people.model(looks("confirmed", delay=0.02))
    root = await people.tells()
    requests = []
    for number in range(4):
        people.scene.sandbox.reply(root, f"{ARGUMENT} ({number})", author="wanda")
        requests.append(people.request())
    await asyncio.gather(*(people.follow(request) for request in requests))
    assert people.asked == ["argue-1"] * 2
    assert len(people.in_thread(root)) == 2


async def test_another_thread_has_its_own_rounds(people: Commanding) -> None:
    people.model(looks("confirmed"))
    roots = [await people.tells(), await people.tells()]
    for root in roots:
        for _ in range(2):
            await people.answer(root, ARGUMENT)
    assert [len(people.in_thread(root)) for root in roots] == [2, 2]


async def test_the_author_of_the_pull_request_may_argue_and_a_stranger_may_not(people: Commanding) -> None:
    people.model(looks("refuted"))
    people.people(rita="read")
    root = await people.tells()
    for who in ("eve", "rita"):
        assert signs(await people.answer(root, ARGUMENT, who)) == []
    assert (people.asked, people.settled.asked) == ([], [])
    assert signs(await people.answer(root, ARGUMENT, "dev")) == ["eyes", "+1"]
    assert len(people.settled.asked) == 1


@pytest.mark.parametrize(("status", "tries"), [(401, 2), (403, 1)])  # a 401 is asked once more at once
async def test_where_github_does_not_say_who_may_argue_it_is_tried_again(
    people: Commanding, status: int, tries: int
) -> None:
    people.model(looks("stands"))
    root = await people.tells()
    people.scene.sandbox.fail(Fault("GET", "/wanda/permission", status=status, times=tries))
    comment = people.scene.sandbox.reply(root, ARGUMENT, author="wanda")
    request = people.request()
    with pytest.raises(GitHubError):
        await people.follow(request)
    assert (signs(comment), people.in_thread(root), people.asked) == ([], [], [])
    await people.follow(request, retries=1)
    assert len(people.in_thread(root)) == 1


async def test_where_github_does_not_say_who_may_speak_for_a_grave_finding_nobody_is_called_no_writer(
    people: Commanding,
) -> None:
    people.model(looks("refuted"))
    root = await people.tells(Severity.HIGH)
    people.scene.sandbox.fail(Fault("GET", "/wanda/permission", let_through=1, status=403))
    people.scene.sandbox.reply(root, ARGUMENT, author="wanda")
    with pytest.raises(GitHubError):
        await people.follow(people.request())
    assert (people.in_thread(root), people.settled.asked) == ([], [])


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.CRITICAL])
async def test_the_authors_word_alone_withdraws_nothing_grave(people: Commanding, severity: Severity) -> None:
    people.model(looks("refuted"), votes("refuted"))
    root = await people.tells(severity)
    assert signs(await people.answer(root, ARGUMENT, "dev")) == ["eyes"]
    [reply] = people.in_thread(root)
    assert f"A finding of {severity} severity stays until somebody with write permission says so" in reply
    assert people.settled.asked == []
    assert people.asked == ["argue-1"]


@pytest.mark.parametrize(
    ("fail_on", "severity"),
    [("medium", Severity.MEDIUM), ("low", Severity.MEDIUM), ("critical", Severity.HIGH)],
)
async def test_nor_what_turns_the_check_red_under_this_policy(
    people: Commanding, fail_on: str, severity: Severity
) -> None:
    people.with_policy(f"fail_on: {fail_on}\n")
    people.model(looks("refuted"), votes("refuted"))
    root = await people.tells(severity)
    assert signs(await people.answer(root, ARGUMENT, "dev")) == ["eyes"]
    assert "stays until somebody with write permission says so" in people.in_thread(root)[0]
    assert people.settled.asked == []


async def test_what_turns_the_check_red_goes_when_the_code_alone_refutes_it_too(people: Commanding) -> None:
    people.with_policy("fail_on: medium\n")
    people.model(looks("refuted"), votes("refuted"))
    assert signs(await people.answer(await people.tells(), ARGUMENT)) == ["eyes", "+1"]
    assert people.asked == ["argue-1", "cross-check-2"]


@pytest.mark.parametrize("fail_on", ["high", "incomplete", "never"])
async def test_what_the_policy_lets_pass_goes_on_the_authors_word(people: Commanding, fail_on: str) -> None:
    people.with_policy(f"fail_on: {fail_on}\n")
    people.model(looks("refuted"))
    assert signs(await people.answer(await people.tells(), ARGUMENT, "dev")) == ["eyes", "+1"]


async def test_a_grave_finding_goes_when_a_writer_argues_and_the_code_alone_refutes_it(
    people: Commanding,
) -> None:
    people.model(looks("refuted"), votes("refuted"))
    root = await people.tells(Severity.HIGH)
    assert signs(await people.answer(root, ARGUMENT)) == ["eyes", "+1"]
    assert len(people.settled.asked) == 1
    assert people.asked == ["argue-1", "cross-check-2"]


@pytest.mark.parametrize(
    ("alone", "words"),
    [
        (votes("confirmed", reason="Line 2 divides."), "Asked without the argument: Line 2 divides."),
        (votes("unsure", reason="It hangs on a caller."), "It hangs on a caller."),
        (Rule(name="cross-check", error="unavailable"), "the question got no answer."),
    ],
)
async def test_a_grave_finding_stays_when_only_the_argument_convinces(
    people: Commanding, alone: Rule, words: str
) -> None:
    people.model(looks("refuted"), alone)
    root = await people.tells(Severity.CRITICAL)
    assert signs(await people.answer(root, ARGUMENT)) == ["eyes"]
    [reply] = people.in_thread(root)
    assert words in reply
    assert people.settled.asked == []


async def test_without_an_answer_or_a_model_the_finding_stays_and_that_is_said(people: Commanding) -> None:
    people.model(Rule(name="argue", error="unavailable"))
    root = await people.tells()
    await people.answer(root, ARGUMENT)
    people.set_up(model="static")
    await people.answer(root, ARGUMENT)
    first, second = people.in_thread(root)
    assert first.startswith("The code could not be looked at again: the model could not be reached")
    assert "this installation has no model" in second
    for answer in (first, second):
        assert answer.count("/ai-review dismiss") == 1
        assert "The finding stays; `/ai-review dismiss REASON` takes it off." in answer


async def test_what_is_settled_resolved_or_not_ours_is_not_argued_about(people: Commanding) -> None:
    resolved, settled = await people.tells(), await people.tells(fate=Fate.DISMISSED)
    people.scene.sandbox.resolve(resolved, by="wanda")
    theirs = people.scene.sandbox.comment_on_line(people.pull, "shop/share.py", 1, "Hm.", author="wanda")
    for root in (resolved, settled, theirs):
        assert signs(await people.answer(root, ARGUMENT)) == []
    assert people.asked == []


async def test_a_closed_pull_request_is_not_argued_about(people: Commanding) -> None:
    root = await people.tells()
    people.scene.sandbox.reply(root, ARGUMENT, author="wanda")
    request = people.request()
    people.scene.sandbox.close(people.pull)
    await people.follow(request)
    assert (people.asked, people.in_thread(root)) == ([], [])


@pytest.mark.parametrize("body", ["Thanks!", "👍", "> It is checked.\n\nok"])
async def test_an_answer_that_says_nothing_costs_no_call(people: Commanding, body: str) -> None:
    root = await people.tells()
    before = len(people.calls())
    assert signs(await people.answer(root, body)) == []
    assert people.calls(before) == []


async def test_a_job_that_runs_twice_replies_once_and_asks_no_more(people: Commanding) -> None:
    people.model(looks("confirmed"))
    root = await people.tells()
    people.scene.sandbox.reply(root, ARGUMENT, author="wanda")
    request = people.request()
    assert request is not None
    people.scene.sandbox.fail(Fault("POST", r"/comments/\d+/replies", status=502, work_first=True))
    await obey(people.desk, CommandJob(request))
    await obey(people.desk, CommandJob(request, 1))
    assert len(people.in_thread(root)) == 1
    assert people.asked == ["argue-1"]


@pytest.mark.parametrize(("is_last", "end"), [(False, []), (True, ["confused"])])
async def test_who_saw_that_their_argument_is_looked_into_sees_also_when_it_fails_for_good(
    people: Commanding, is_last: bool, end: list[str]
) -> None:
    people.model(looks("confirmed"))
    people.desk = replace(people.desk, is_last=lambda _: is_last)
    root = await people.tells()
    people.scene.sandbox.fail(Fault("POST", r"/comments/\d+/replies", status=403, times=9))
    comment = people.scene.sandbox.reply(root, ARGUMENT, author="wanda")
    with pytest.raises(GitHubError):
        await people.follow(people.request())
    assert signs(comment) == ["eyes", *end]


async def test_so_does_who_saw_it_in_an_earlier_try_and_nobody_else(people: Commanding) -> None:
    people.model(looks("confirmed"))
    root = await people.tells()
    for is_seen, signed in ((False, []), (True, ["eyes", "confused"])):
        comment = people.scene.sandbox.reply(root, ARGUMENT, author="wanda")
        request = people.request()
        if is_seen:
            people.desk = replace(people.desk, is_last=lambda _: False)
            people.scene.sandbox.fail(Fault("POST", r"/comments/\d+/replies", status=403))
            with pytest.raises(GitHubError):
                await people.follow(request)
        people.desk = replace(people.desk, is_last=lambda _: True)
        people.scene.sandbox.fail(Fault("GET", "/wanda/permission", status=403))
        with pytest.raises(GitHubError):
            await people.follow(request, retries=1)
        assert signs(comment) == signed


async def test_our_own_reply_and_another_bots_are_no_arguments(people: Commanding) -> None:
    people.model(looks("confirmed"))
    root = await people.tells()
    await people.answer(root, ARGUMENT)
    await people.follow(people.request())  # the webhook of our own reply
    await people.answer(root, ARGUMENT, people.scene.app.bot.login)
    assert len(people.in_thread(root)) == 2
    assert people.asked == ["argue-1"]


async def test_an_argument_that_turned_into_a_command_meanwhile_is_none(people: Commanding) -> None:
    root = await people.tells()
    comment = people.scene.sandbox.reply(root, ARGUMENT, author="wanda")
    request = people.request()
    comment.body = "/ai-review help"
    await people.follow(request)
    assert (people.asked, signs(comment)) == ([], [])


async def test_a_spent_budget_asks_nobody_and_says_so(people: Commanding) -> None:
    people.set_up(budget_tokens_per_review=0)
    root = await people.tells()
    await people.answer(root, ARGUMENT)
    assert "could not be looked at again" in people.in_thread(root)[0]
    assert people.asked == []


async def test_what_an_argument_cost_and_could_not_be_booked_at_once_is_booked_in_the_end(
    people: Commanding,
) -> None:
    people.model(looks("confirmed"))
    prices = {str(people.desk.settings.model): ModelPrice(1, 1, 1)}
    people.set_up(budget_usd_per_repo_day=0.5, model_prices=prices)
    people.desk = replace(people.desk, store=ForgetfulStore(people.redis))
    await people.answer(await people.tells(), ARGUMENT)
    assert (people.asked, people.redis.exists("test:was-away")) == (["argue-1"], 1)
    assert Store(people.redis).day_spending(people.scene.ref.repo, 0.5).unspent() < 0.5
