"""The order of things around every command: who is heard, what they see, and that nobody else sees a thing.

Row S2 (who is obeyed) of the faults that we survive.
"""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from dataclasses import replace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis

from bot.domain.pull_request import PullRequestRef, Trigger
from bot.domain.request import NEVER_TYPED, CommandName, Look
from bot.errors import AccessLost, GitHubError
from bot.github.client import connect
from bot.github.events import CommandGiven, parse_event
from bot.queue.wire import CommandJob
from bot.rendering.pauses import pause_record
from bot.sandbox.journal import Fault
from tests.support.desk import API, Commanding, Settled, Submitted, desk_of, signs
from tests.support.sandbox import private_key
from tests.support.webhooks import load_payload
from tests.support.wire import Answer, Wire, reply
from workers.commands import obey
from workers.commands.obeying import COMMANDS, UNTYPED
from workers.running import later

ASSOCIATIONS = (
    "OWNER",
    "MEMBER",
    "COLLABORATOR",
    "CONTRIBUTOR",
    "FIRST_TIME_CONTRIBUTOR",
    "FIRST_TIMER",
    "MANNEQUIN",
    "NONE",
)
PERMISSIONS = ("admin", "write", "read", "none", "triage")
ASK = "GET /repos/harbour/ferry/collaborators/mira/permission"


async def test_a_writers_command_is_seen_done_and_said_to_be_done(people: Commanding) -> None:
    comment = await people.say("/ai-review")
    assert signs(comment) == ["eyes", "+1"]
    [request] = people.queue.requests
    assert request.ref == PullRequestRef("acme/shop", 1)
    assert (request.trigger, request.look) == (Trigger.COMMAND, Look.NEW)
    assert people.answers() == []


async def test_full_starts_over(people: Commanding) -> None:
    await people.say("/ai-review full")
    assert [request.look for request in people.queue.requests] == [Look.ALL]


async def test_a_closed_pull_request_is_not_reviewed_and_that_is_said(people: Commanding) -> None:
    people.scene.sandbox.close(people.pull)
    comment = await people.say("/ai-review")
    assert signs(comment) == ["eyes", "confused"]
    assert "closed" in people.answers()[0]
    assert people.queue.requests == []


async def test_an_unknown_word_is_named_as_code_and_answered_with_the_list(people: Commanding) -> None:
    comment = await people.say("/ai-review frobnicate @everybody")
    assert signs(comment) == ["eyes", "confused"]
    [answer] = people.answers()
    assert answer.startswith("`/ai-review frobnicate @everybody` is no command.")
    assert "`/ai-review pause`" in answer
    assert people.queue.requests == []


async def test_help_is_a_list_of_what_can_be_asked(people: Commanding) -> None:
    comment = await people.say("/ai-review help")
    assert signs(comment) == ["eyes", "+1"]
    assert "`/ai-review dismiss`" in people.answers()[0]


async def test_an_answer_stands_where_it_was_asked_if_the_thread_is_ours(people: Commanding) -> None:
    root = await people.tells()
    comment = await people.answer(root, "/ai-review help")
    assert signs(comment) == ["eyes", "+1"]
    assert len(people.in_thread(root)) == 1
    assert people.answers() == []
    theirs = people.scene.sandbox.comment_on_line(people.pull, "shop/share.py", 1, "Hm.", author="wanda")
    await people.answer(theirs, "/ai-review help")
    assert people.in_thread(theirs) == []
    assert len(people.answers()) == 1


@pytest.mark.parametrize("in_thread", [False, True])
async def test_a_job_that_runs_twice_answers_once(people: Commanding, in_thread: bool) -> None:
    root = await people.tells()
    box = people.scene.sandbox
    comment = (
        box.reply(root, "/ai-review help", author="wanda")
        if in_thread
        else box.comment(people.pull, "/ai-review help", author="wanda")
    )
    request = people.request()
    await people.follow(request)
    await people.follow(request, retries=1)
    answers = people.answers() + people.in_thread(root)
    assert [f"comment={comment.id} " in answer for answer in answers] == [True]
    assert signs(comment) == ["eyes", "+1"]


@pytest.mark.parametrize(
    "path", ["/repos/acme/shop/issues/1/comments", r"/repos/acme/shop/pulls/1/comments/\d+/replies"]
)
async def test_an_answer_that_github_took_without_saying_so_is_not_given_again(
    people: Commanding, path: str
) -> None:
    root = await people.tells()
    people.scene.sandbox.fail(Fault("POST", path, status=502, work_first=True))
    say = people.say("/ai-review help") if "issues" in path else people.answer(root, "/ai-review help")
    await say
    assert len(people.answers() + people.in_thread(root)) == 1


@pytest.mark.parametrize("trouble", [200, 404, 403, 500, "timeout"])
@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("association", ASSOCIATIONS)
async def test_only_githubs_own_word_that_somebody_may_write_counts(
    redis: Redis, association: str, permission: str, trouble: int | str
) -> None:
    answer: Answer = httpx.ReadTimeout("slow")
    if isinstance(trouble, int):
        answer = reply(trouble, {"permission": permission, "role_name": permission, "message": "no"})
    wire = Wire().on(ASK, answer).on("GET /repos/harbour/ferry/pulls/17", reply(404))
    payload = load_payload("issue_comment_created")
    payload["comment"] |= {"author_association": association, "body": "/ai-review full"}
    event = parse_event("issue_comment", json.dumps(payload).encode(), "d-1")
    assert isinstance(event, CommandGiven)
    queue = Submitted()
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        with suppress(GitHubError):
            await obey(desk_of(github, redis, queue, Settled()), CommandJob(event.request))
    is_heard = trouble == 200 and permission in ("admin", "write")
    assert (set(wire.sent()) != {ASK}) is is_heard
    assert queue.requests == []


async def test_who_may_not_write_sees_nothing_at_all(people: Commanding) -> None:
    people.people(rita="read", tom="triage")
    root = await people.tells()
    bodies = (
        "/ai-review",
        "/ai-review help",
        "/ai-review pause",
        "/ai-review nonsense",
        "/ai-review dismiss",
    )
    before = len(people.calls())
    for author, body in itertools.product(("rita", "tom", "eve"), bodies):
        assert signs(await people.say(body, author)) == []
    assert signs(await people.answer(root, "/ai-review dismiss", "eve")) == []
    assert all(call.startswith("GET") for call in people.calls(before))
    assert (people.answers(), people.in_thread(root), people.settled.asked) == ([], [], [])
    assert people.queue.requests == []


@pytest.mark.parametrize(("role", "is_heard"), [("write", False), ("maintain", True), ("admin", True)])
async def test_a_policy_may_ask_for_more_than_write_permission(
    people: Commanding, role: str, is_heard: bool
) -> None:
    people.with_policy("commands:\n  permission: maintain\n")
    people.people(wanda=role)
    comment = await people.say("/ai-review")
    assert bool(people.queue.requests) is is_heard
    assert signs(comment) == (["eyes", "+1"] if is_heard else ["confused"])


async def test_a_colleague_who_may_write_but_not_command_is_told_what_it_takes(people: Commanding) -> None:
    people.with_policy("commands:\n  permission: admin\n")
    root = await people.tells()
    comment = await people.answer(root, "/ai-review dismiss checked above")
    assert signs(comment) == ["confused"]
    [answer] = people.in_thread(root)
    assert "need `admin` permission" in answer
    assert people.settled.asked == []
    before = len(people.calls())
    assert signs(await people.say("/ai-review", "eve")) == []
    assert all(call.startswith("GET") for call in people.calls(before))


@pytest.mark.parametrize(("status", "tries"), [(401, 2), (403, 1)])  # a 401 is asked once more at once
async def test_where_github_does_not_say_who_may_command_it_is_tried_again_without_a_sign(
    people: Commanding, status: int, tries: int
) -> None:
    people.scene.sandbox.fail(Fault("GET", "/wanda/permission", status=status, times=tries))
    comment = people.scene.sandbox.comment(people.pull, "/ai-review", author="wanda")
    request = people.request()
    with pytest.raises(GitHubError) as caught:
        await people.follow(request)
    assert later(people.desk.settings, 0, caught.value) is not None
    assert later(people.desk.settings, len(people.desk.settings.retry_delays), caught.value) is None
    assert (signs(comment), people.answers()) == ([], [])
    await people.follow(request, retries=1)
    assert signs(comment) == ["eyes", "+1"]


@pytest.mark.parametrize(("is_last", "seen"), [(False, []), (True, ["confused"])])
async def test_a_colleague_sees_when_github_does_not_say_in_the_end_whether_the_policy_lets_them(
    people: Commanding, is_last: bool, seen: list[str]
) -> None:
    people.with_policy("commands:\n  permission: admin\n")
    people.desk = replace(people.desk, is_last=lambda _: is_last)
    people.scene.sandbox.fail(Fault("GET", "/wanda/permission", let_through=1, status=403))
    comment = people.scene.sandbox.comment(people.pull, "/ai-review", author="wanda")
    with pytest.raises(GitHubError):
        await people.follow(people.request())
    assert (signs(comment), people.answers()) == (seen, [])


async def test_a_colleague_whose_pull_request_cannot_be_read_in_the_end_sees_that_too(
    people: Commanding,
) -> None:
    people.scene.sandbox.fail(Fault("GET", "/pulls/1$", status=403))
    comment = people.scene.sandbox.comment(people.pull, "/ai-review", author="wanda")
    with pytest.raises(AccessLost):
        await people.follow(people.request())
    assert signs(comment) == ["confused"]


@pytest.mark.parametrize(
    "body",
    [
        "> /ai-review full",
        "```\n/ai-review full\n```",
        "<!--\n/ai-review full\n-->",
        "[a link\n/ai-review full\n](https://example.org)",
    ],
)
async def test_what_is_quoted_code_hidden_or_a_link_costs_no_call(people: Commanding, body: str) -> None:
    before = len(people.calls())
    root_calls = await people.say(body)
    assert signs(root_calls) == []
    assert people.calls(before) == []


async def test_an_edited_comment_gives_only_its_new_command(people: Commanding) -> None:
    comment = await people.say("/ai-review")
    people.scene.sandbox.edit_comment(comment, "/ai-review\n\nplease")
    await people.follow(people.request())
    assert len(people.queue.requests) == 1
    people.scene.sandbox.edit_comment(comment, "/ai-review full")
    await people.follow(people.request())
    assert [request.look for request in people.queue.requests] == [Look.NEW, Look.ALL]


@pytest.mark.parametrize("in_thread", [False, True])
async def test_a_mistyped_command_that_was_mended_by_editing_is_answered_too(
    people: Commanding, in_thread: bool
) -> None:
    root = await people.tells()
    comment = await (people.answer(root, "/ai-review hepl") if in_thread else people.say("/ai-review hepl"))
    people.scene.sandbox.edit_comment(comment, "/ai-review help")
    request = people.request()
    await people.follow(request)
    await people.follow(request, retries=1)
    first, second = people.answers() + people.in_thread(root)
    assert "is no command" in first
    assert "is no command" not in second


async def test_each_pause_and_resume_of_one_edited_comment_leaves_its_record(people: Commanding) -> None:
    comment = await people.say("/ai-review puase")
    for word in ("pause", "resume", "pause"):
        people.scene.sandbox.edit_comment(comment, f"/ai-review {word}")
        await people.follow(people.request())
    assert ["state=paused" in answer for answer in people.answers()] == [False, True, False, True]
    assert pause_record(people.answers()) is not None


async def test_neither_our_own_comments_nor_another_bots_start_anything(people: Commanding) -> None:
    root = await people.tells()
    bot = people.scene.sandbox.create_app("helper", private_key=private_key()).bot
    before = len(people.calls())
    for author in (bot.login, people.scene.app.bot.login):
        for body in ("/ai-review", "/ai-review help", "It is checked above."):
            await people.say(body, author)
            await people.answer(root, body, author)
    assert people.calls(before) == []


async def test_a_command_that_fails_for_good_ends_with_a_confused_face(people: Commanding) -> None:
    people.scene.sandbox.fail(Fault("POST", "/issues/1/comments", status=403, times=9))
    comment = people.scene.sandbox.comment(people.pull, "/ai-review help", author="wanda")
    with pytest.raises(AccessLost):
        await people.follow(people.request())
    assert signs(comment) == ["eyes", "confused"]


async def test_a_command_that_will_be_tried_again_shows_nothing_but_that_it_was_seen(
    people: Commanding,
) -> None:
    people.desk = replace(people.desk, is_last=lambda _: False)
    people.scene.sandbox.fail(Fault("POST", "/issues/1/comments", status=403))
    comment = people.scene.sandbox.comment(people.pull, "/ai-review help", author="wanda")
    request = people.request()
    with pytest.raises(AccessLost):
        await people.follow(request)
    assert signs(comment) == ["eyes"]
    await people.follow(request, retries=1)
    assert signs(comment) == ["eyes", "+1"]


async def test_a_comment_that_is_gone_by_now_keeps_nobody_from_a_review(people: Commanding) -> None:
    people.scene.sandbox.fail(Fault("POST", "/reactions", status=404, times=2))
    comment = await people.say("/ai-review")
    assert signs(comment) == []
    assert len(people.queue.requests) == 1


async def test_a_thread_that_a_person_settles_by_a_click_brings_check_and_summary_up_to_date(
    people: Commanding,
) -> None:
    root = await people.tells()
    before = len(people.calls())
    people.scene.sandbox.resolve(root, by="wanda")
    await people.follow(people.request())
    people.scene.sandbox.unresolve(root, by="wanda")
    await people.follow(people.request())
    assert [request.ref for request in people.queue.requests] == [PullRequestRef("acme/shop", 1)] * 2
    assert [request.look for request in people.queue.requests] == [Look.STANDING] * 2
    assert people.calls(before) == []


async def test_a_thread_of_somebody_else_that_is_settled_changes_nothing(people: Commanding) -> None:
    theirs = people.scene.sandbox.comment_on_line(people.pull, "shop/share.py", 1, "Hm.", author="wanda")
    people.scene.sandbox.resolve(theirs, by="wanda")
    assert people.request() is None
    ours = await people.tells()
    people.scene.sandbox.resolve(ours, by=people.scene.app.bot.login)
    assert people.request() is None


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_no_text_behind_the_word_reaches_settings_models_or_another_command(text: str) -> None:
    payload = load_payload("issue_comment_created")
    payload["comment"]["body"] = f"/ai-review {text}"
    event = parse_event("issue_comment", json.dumps(payload).encode(), "d-1")
    if isinstance(event, CommandGiven):
        assert event.request.command.name in COMMANDS
        assert event.request.command.argument == "" or event.request.command.name is CommandName.DISMISS


def test_every_word_of_the_grammar_has_its_module() -> None:
    assert set(COMMANDS) == set(CommandName) - NEVER_TYPED
    assert set(UNTYPED) == NEVER_TYPED
