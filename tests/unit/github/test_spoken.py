"""What people say on the lines of a change, and threads that they settle: what is heard, and from whom."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.pull_request import PullRequestRef
from bot.domain.request import NEVER_TYPED, Command, CommandName, CommandRequest
from bot.github.events import CommandGiven, Ignored, parse_event
from bot.rendering.markers import MarkerKind, write_marker
from tests.support.planted_secrets import PLANTED
from tests.support.webhooks import DELIVERY, load_payload

INLINE = "pull_request_review_comment"
THREAD = "pull_request_review_thread"
REF = PullRequestRef("harbour/ferry", 17)
ROOT, ANSWER = 770001, 770002
BOT = {"login": "ai-review[bot]", "type": "Bot"}


def inline(body: str | None, before: str | None = None, *, root: int | None = ROOT) -> Any:
    """An inline comment, in a thread or (`root` None) as its first; with `before`, one that was edited."""
    payload = load_payload(f"{INLINE}_created")
    payload["comment"]["body"] = body
    if root is None:
        del payload["comment"]["in_reply_to_id"]
    if before is not None:
        payload |= {"action": "edited", "changes": {"body": {"from": before}}}
    return payload


def thread(action: str = "resolved", **changes: Any) -> Any:
    return load_payload(f"{THREAD}_resolved") | {"action": action} | changes


def heard(event: str, payload: Any) -> CommandRequest:
    found = parse_event(event, json.dumps(payload).encode(), DELIVERY)
    assert isinstance(found, CommandGiven), found
    return found.request


def reason(event: str, payload: Any) -> str:
    found = parse_event(event, json.dumps(payload).encode(), DELIVERY)
    assert isinstance(found, Ignored), found
    return found.reason


def request(name: CommandName, comment_id: int = ANSWER, argument: str = "", **more: Any) -> CommandRequest:
    command = Command(name, argument)
    known = {"inline": True, "thread_id": ROOT} | more
    return CommandRequest(REF, 5150, comment_id, "mira", command, DELIVERY, **known)


def test_an_answer_in_a_thread_may_be_an_argument() -> None:
    assert heard(INLINE, load_payload(f"{INLINE}_created")) == request(CommandName.ARGUE)


def test_a_command_in_a_thread_names_the_thread() -> None:
    found = heard(INLINE, inline("/ai-review dismiss checked by `board`"))
    assert found == request(CommandName.DISMISS, argument="checked by `board`")


def test_a_command_may_begin_a_thread_of_its_own() -> None:
    assert heard(INLINE, inline("/ai-review", root=None)) == request(CommandName.REVIEW, thread_id=None)


def test_an_unknown_word_in_a_thread_asks_for_help_and_argues_nothing() -> None:
    assert heard(INLINE, inline("/ai-review frobnicate")) == request(
        CommandName.HELP, unknown=True, unknown_texts=("frobnicate",)
    )


def test_a_secret_that_was_typed_as_a_command_does_not_travel() -> None:
    [text] = heard(INLINE, inline(f"/ai-review {PLANTED['GitHub, classic'].secret}")).unknown_texts
    assert text.startswith("[masked:github-token")


@pytest.mark.parametrize("event", [INLINE, "issue_comment"])
def test_all_commands_of_a_comment_travel_together(event: str) -> None:
    payload = load_payload(f"{event}_created")
    payload["comment"]["body"] = "/ai-review resume\n/ai-review confg\n/ai-review cnfig\n/ai-review"
    found = heard(event, payload)
    assert found.command == Command(CommandName.RESUME)
    assert found.more == (Command(CommandName.HELP), Command(CommandName.REVIEW))
    assert (found.unknown, found.unknown_texts) == (True, ("confg", "cnfig"))


def test_of_an_edited_comment_only_the_commands_that_are_new_are_heard() -> None:
    payload = inline("/ai-review explain\n/ai-review config", before="/ai-review explain")
    assert heard(INLINE, payload) == request(CommandName.CONFIG)
    assert "no new command" in reason(INLINE, inline("/ai-review", before="/ai-review\n/ai-review help"))


def test_a_comment_that_begins_a_thread_of_somebody_else_is_ignored() -> None:
    assert "no new answer" in reason(INLINE, inline("Why is this here?", root=None))


@pytest.mark.parametrize("body", ["Thanks!", "👍", "> quoted\n\nok", "", None])
def test_an_answer_that_says_nothing_does_not_start_anything(body: str | None) -> None:
    assert "nothing to think about" in reason(INLINE, inline(body))


def test_an_edited_comment_gives_only_a_new_command_and_argues_no_further() -> None:
    assert heard(INLINE, inline("/ai-review explain", before="hm")) == request(CommandName.EXPLAIN)
    assert "no new command" in reason(INLINE, inline("/ai-review explain", before="/ai-review explain"))
    assert "no new answer" in reason(INLINE, inline("It is checked by `board`.", before="hm"))


@pytest.mark.parametrize("body", ["/ai-review dismiss", "It is checked by `board`."])
def test_bots_are_not_heard_in_threads(body: str) -> None:
    for who in ({"sender": BOT}, {"sender": {"login": "helper[bot]", "type": "Bot"}}):
        assert "bots" in reason(INLINE, inline(body) | who)
    written = inline(body, before="Summary")
    written["comment"]["user"] = BOT
    assert "bots" in reason(INLINE, written)


@pytest.mark.parametrize("event", [INLINE, "issue_comment"])
@pytest.mark.parametrize("kind", MarkerKind)
def test_what_we_say_under_a_persons_name_is_not_heard(event: str, kind: MarkerKind) -> None:
    ours = f"Looked again: it is checked.\n\n/ai-review\n\n{write_marker(kind, comment='1')}"
    payload = load_payload(f"{event}_created")
    payload["comment"]["body"] = ours
    assert "one of ours" in reason(event, payload)


def test_a_closed_pull_request_is_not_argued_about_but_its_commands_are_heard() -> None:
    payload = inline("It is checked by `board`.")
    payload["pull_request"]["state"] = "closed"
    assert "closed" in reason(INLINE, payload)
    payload["comment"]["body"] = "/ai-review help"
    assert heard(INLINE, payload).command == Command(CommandName.HELP)


def test_a_nameless_sender_is_not_heard() -> None:
    assert "no author" in reason(INLINE, inline("/ai-review") | {"sender": None})
    assert "only people" in reason(THREAD, thread(sender=None))


@pytest.mark.parametrize("action", ["resolved", "unresolved"])
def test_a_thread_of_ours_that_a_person_settles_asks_for_a_fresh_standing(action: str) -> None:
    assert heard(THREAD, thread(action)) == request(CommandName.REFRESH, comment_id=ROOT)


def test_threads_that_bots_settle_are_ignored() -> None:
    assert "only people" in reason(THREAD, thread(sender=BOT))


def test_threads_that_others_began_and_those_of_closed_pull_requests_are_ignored() -> None:
    payload = thread()
    payload["thread"]["comments"].pop(0)
    assert "no finding of ours" in reason(THREAD, payload)
    assert "no finding of ours" in reason(THREAD, thread(thread={"comments": []}))
    payload = thread()
    payload["pull_request"]["state"] = "closed"
    assert "closed" in reason(THREAD, payload)


@pytest.mark.parametrize(("event", "action"), [(INLINE, "deleted"), (THREAD, "an_action_to_come")])
def test_other_actions_are_named_and_ignored(event: str, action: str) -> None:
    name = f"{event}_created" if event == INLINE else f"{event}_resolved"
    assert reason(event, load_payload(name) | {"action": action}) == f"{event}.{action} is not used"


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.sampled_from([INLINE, "issue_comment"])
)
def test_any_text_behind_the_word_is_a_fixed_command_or_a_request_for_help(text: str, event: str) -> None:
    payload = load_payload(f"{event}_created")
    payload["comment"]["body"] = f"/ai-review {text}"
    found = parse_event(event, json.dumps(payload).encode(), DELIVERY)
    if isinstance(found, Ignored):
        assert "one of ours" in found.reason
        return
    assert isinstance(found, CommandGiven)
    command = found.request.command
    assert command.name in set(CommandName) - NEVER_TYPED
    assert not command.argument or command.name is CommandName.DISMISS
    assert not found.request.unknown or command == Command(CommandName.HELP)
