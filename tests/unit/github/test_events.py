"""What GitHub's events ask of us, and that no payload is an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.pull_request import PullRequestRef, Trigger
from bot.domain.request import Command, CommandName, CommandRequest, ReviewRequest
from bot.github.events import (
    CommandGiven,
    Event,
    HeadRerequested,
    Ignored,
    InstallationChanged,
    Ping,
    ReviewWanted,
    parse_event,
)
from tests.support.webhooks import DELIVERY, load_payload

HEAD = "4f1c8a0be97d35a6c2b1d0e8f7a69384c5d2e1f0"
REPO = "harbour/ferry"
EVENTS = (
    "pull_request",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "issue_comment",
    "check_run",
    "check_suite",
    "installation",
    "installation_repositories",
    "ping",
    "push",
)


def parse(event: str, payload: Any) -> Event:
    return parse_event(event, json.dumps(payload).encode(), DELIVERY)


def ignored(event: str, payload: Any) -> str:
    """The reason why nothing is done."""
    found = parse(event, payload)
    assert isinstance(found, Ignored), found
    return found.reason


def pull_request(action: str = "opened", **changes: Any) -> Any:
    payload = load_payload("pull_request_opened")
    payload["pull_request"].update(changes)
    return payload | {"action": action}


def comment(body: str | None = "/ai-review", before: str | None = None) -> Any:
    """A comment; with `before`, one that was edited."""
    payload = load_payload("issue_comment_created")
    payload["comment"]["body"] = body
    if before is not None:
        payload |= {"action": "edited", "changes": {"body": {"from": before}}}
    return payload


def review(trigger: Trigger, *numbers: int, installation: int | None = 5150) -> ReviewWanted:
    refs = [PullRequestRef(REPO, number, HEAD) for number in numbers or (17,)]
    return ReviewWanted(tuple(ReviewRequest(ref, installation, trigger, DELIVERY) for ref in refs))


@pytest.mark.parametrize(
    ("action", "trigger"),
    [
        ("opened", Trigger.OPENED),
        ("reopened", Trigger.REOPENED),
        ("ready_for_review", Trigger.READY_FOR_REVIEW),
        ("synchronize", Trigger.SYNCHRONIZE),
    ],
)
def test_a_pull_request_with_new_code_to_read_is_reviewed(action: str, trigger: Trigger) -> None:
    assert parse("pull_request", pull_request(action)) == review(trigger)


@pytest.mark.parametrize(
    ("time", "told_at"), [("1970-01-01T00:01:00Z", 60.0), ("soon", 0.0), (None, 0.0), ({"at": 17}, 0.0)]
)
def test_a_request_says_which_state_of_the_pull_request_its_event_told_of(time: Any, told_at: float) -> None:
    found = parse("pull_request", pull_request("synchronize", updated_at=time))
    assert isinstance(found, ReviewWanted)
    assert [request.told_at for request in found.requests] == [told_at]


def test_a_new_base_branch_is_reviewed_and_a_new_text_is_not() -> None:
    edited = pull_request("edited")
    rebased = edited | {"changes": {"base": {"ref": {"from": "main"}, "sha": {"from": "0" * 40}}}}
    assert parse("pull_request", rebased) == review(Trigger.BASE_CHANGED)
    assert "base branch" in ignored("pull_request", edited | {"changes": {"body": {"from": "old"}}})
    assert "base branch" in ignored("pull_request", edited)


def test_a_new_title_may_lead_to_a_review_as_a_push_does() -> None:
    retitled = pull_request("edited") | {"changes": {"title": {"from": "old"}}}
    assert parse("pull_request", retitled) == review(Trigger.SYNCHRONIZE)
    both = retitled["changes"] | {"base": {"ref": {"from": "main"}, "sha": {"from": "0" * 40}}}
    assert parse("pull_request", retitled | {"changes": both}) == review(Trigger.BASE_CHANGED)
    closed = pull_request("edited", state="closed") | {"changes": retitled["changes"]}
    assert "closed" in ignored("pull_request", closed)


@pytest.mark.parametrize(
    "action", ["closed", "labeled", "assigned", "converted_to_draft", "an_action_to_come"]
)
def test_other_actions_on_a_pull_request_are_named_and_ignored(action: str) -> None:
    assert ignored("pull_request", pull_request(action)) == f"pull_request.{action} is not used"


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize"])
def test_a_draft_goes_to_the_worker_which_says_that_it_waits(action: str) -> None:
    assert parse("pull_request", pull_request(action, draft=True)) == review(Trigger(action))


def test_a_closed_pull_request_is_not_reviewed() -> None:
    assert "closed" in ignored("pull_request", pull_request("synchronize", state="closed"))


def test_a_deleted_fork_a_deleted_author_and_a_missing_installation_change_nothing() -> None:
    payload = pull_request(user=None)
    payload["pull_request"]["head"].update(repo=None, user=None)
    payload["sender"] = None
    assert parse("pull_request", payload) == review(Trigger.OPENED)
    del payload["installation"]
    assert parse("pull_request", payload) == review(Trigger.OPENED, installation=None)
    assert parse("pull_request", payload | {"installation": None}) == review(
        Trigger.OPENED, installation=None
    )


def test_a_field_that_only_says_what_is_usual_may_be_missing_or_null() -> None:
    payload = pull_request()
    del payload["pull_request"]["draft"], payload["pull_request"]["state"]
    assert parse("pull_request", payload) == review(Trigger.OPENED)


@pytest.mark.parametrize(
    "name", ["harbour/ferry\n", "harbour", "harbour/fe rry", "a/b/c", "/", "härbour/ferry", ""]
)
def test_a_repository_name_that_github_would_not_give_is_refused(name: str) -> None:
    payload = pull_request()
    payload["repository"]["full_name"] = name
    assert "cannot be read" in ignored("pull_request", payload)


@pytest.mark.parametrize(
    "changes", [{"number": 0}, {"number": "17"}, {"number": 2**60}, {"head": {"sha": "HEAD"}}, {"head": None}]
)
def test_a_field_that_cannot_be_is_ignored_with_a_reason(changes: dict[str, Any]) -> None:
    assert "cannot be read" in ignored("pull_request", pull_request(**changes))


def test_a_command_in_a_comment_is_passed_on_with_who_gave_it() -> None:
    ref = PullRequestRef(REPO, 17)
    request = CommandRequest(ref, 5150, 990001, "mira", Command(CommandName.REVIEW), DELIVERY)
    assert parse("issue_comment", comment()) == CommandGiven(request)


def test_a_comment_without_a_command_is_ignored() -> None:
    assert "no new command" in ignored("issue_comment", comment("Looks good to me."))
    assert "no new command" in ignored("issue_comment", comment(None))


def test_an_unknown_command_asks_for_help() -> None:
    found = parse("issue_comment", comment("/ai-review frobnicate"))
    assert isinstance(found, CommandGiven)
    assert (found.request.command, found.request.unknown) == (Command(CommandName.HELP), True)


def test_a_command_that_an_edit_brings_in_is_obeyed_once() -> None:
    assert isinstance(parse("issue_comment", comment("/ai-review", before="I wonder.")), CommandGiven)
    assert isinstance(parse("issue_comment", comment("/ai-review full", before="/ai-review")), CommandGiven)
    reworded = comment("/ai-review\n\nplease", before="/ai-review\n\nnow")
    assert "no new command" in ignored("issue_comment", reworded)
    assert "no new command" in ignored("issue_comment", comment("never mind", before="/ai-review"))
    unknown = comment("/ai-review frobnicate please", before="/ai-review frobnicate please")
    assert "no new command" in ignored("issue_comment", unknown)


def test_an_edit_that_did_not_touch_the_text_gives_no_command() -> None:
    payload = comment() | {"action": "edited", "changes": {}}
    assert "no new command" in ignored("issue_comment", payload)
    del payload["changes"]
    assert "no new command" in ignored("issue_comment", payload)


def test_whoever_edits_a_command_into_a_comment_is_the_one_who_gives_it() -> None:
    payload = comment("/ai-review", before="hm")
    payload["comment"]["user"] = {"login": "stranger", "type": "User"}
    found = parse("issue_comment", payload)
    assert isinstance(found, CommandGiven)
    assert found.request.author == "mira"


def test_the_author_of_a_comment_may_have_been_deleted() -> None:
    payload = comment()
    payload["comment"]["user"] = None
    assert isinstance(parse("issue_comment", payload), CommandGiven)
    assert "no author" in ignored("issue_comment", payload | {"sender": None})


def test_bots_are_not_obeyed_nor_commands_that_somebody_edits_into_a_bots_comment() -> None:
    bot = {"login": "helpful[bot]", "type": "Bot"}
    assert "bots" in ignored("issue_comment", comment() | {"sender": bot})
    payload = comment("/ai-review", before="Summary")
    payload["comment"]["user"] = bot
    assert "bots" in ignored("issue_comment", payload)


def test_a_comment_on_an_issue_is_ignored() -> None:
    payload = comment()
    del payload["issue"]["pull_request"]
    assert "not on a pull request" in ignored("issue_comment", payload)
    payload["issue"]["pull_request"] = None
    assert "not on a pull request" in ignored("issue_comment", payload)


def test_a_deleted_comment_is_ignored() -> None:
    assert ignored("issue_comment", comment() | {"action": "deleted"}) == "issue_comment.deleted is not used"


def test_our_own_mark_on_a_check_run_names_the_pull_request_of_a_fork() -> None:
    assert parse("check_run", load_payload("check_run_rerequested")) == review(Trigger.REREQUESTED)


def test_our_own_mark_comes_before_githubs_list_and_survives_a_renamed_repository() -> None:
    payload = load_payload("check_run_rerequested")
    payload["check_run"] |= {"external_id": "harbour/old-name#17", "pull_requests": [{"number": 99}]}
    assert parse("check_run", payload) == review(Trigger.REREQUESTED)


@pytest.mark.parametrize(
    "mark", ["", None, "harbour/ferry#0", "harbour/ferry#x", "#17", "17", "a/b#17\n", "a/b#" + "9" * 5000]
)
def test_without_our_mark_githubs_list_counts_and_then_the_commit(mark: str | None) -> None:
    payload = load_payload("check_run_rerequested")
    payload["check_run"]["external_id"] = mark
    assert parse("check_run", payload) == HeadRerequested(REPO, HEAD, 5150, DELIVERY)
    payload["check_run"]["pull_requests"] = [{"number": 99}]
    assert parse("check_run", payload) == review(Trigger.REREQUESTED, 99)


def test_a_suite_asks_for_each_listed_pull_request_of_this_repository_once() -> None:
    payload = load_payload("check_suite_rerequested")
    [listed] = payload["check_suite"]["pull_requests"]
    elsewhere = {"number": 5, "base": {"repo": {"id": 700200}}}
    payload["check_suite"]["pull_requests"] = [listed, {**listed, "number": 21}, listed, elsewhere]
    assert parse("check_suite", payload) == review(Trigger.REREQUESTED, 17, 21)


def test_a_suite_of_a_fork_asks_for_its_commit() -> None:
    payload = load_payload("check_suite_rerequested")
    for nothing in ([], None):
        payload["check_suite"]["pull_requests"] = nothing
        found = parse("check_suite", payload)
        assert found == HeadRerequested(REPO, HEAD, 5150, DELIVERY)
        assert found.for_pull_requests((17, 21)) == review(Trigger.REREQUESTED, 17, 21).requests


@pytest.mark.parametrize("kind", ["check_run", "check_suite"])
def test_checks_that_merely_run_are_ignored(kind: str) -> None:
    payload = load_payload(f"{kind}_rerequested") | {"action": "completed"}
    assert ignored(kind, payload) == f"{kind}.completed is not used"


def test_changes_of_an_installation_are_told() -> None:
    payload = load_payload("installation_created")
    assert parse("installation", payload) == InstallationChanged("created", 5150)
    assert parse("installation_repositories", payload | {"action": "added"}) == InstallationChanged(
        "added", 5150
    )


def test_a_ping_is_a_ping_whatever_it_says() -> None:
    assert parse("ping", {"zen": "Mind your words."}) == Ping()


def test_an_event_that_we_do_not_know_is_ignored() -> None:
    assert "not used" in ignored("an_event_to_come", {})


def test_no_reason_repeats_what_a_payload_says() -> None:
    payload = pull_request(title="canary-text")
    payload["action"] = "canary-action\n"
    assert "canary" not in ignored("pull_request", payload)
    payload = pull_request(number="canary")
    assert "canary" not in ignored("pull_request", payload)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'"\\ud800"', b"[" * 200_000, b'{"a":' * 200_000, b"1e999", b"NaN"]
)
def test_a_broken_body_is_ignored_with_a_reason(event: str, body: bytes) -> None:
    assert isinstance(parse_event(event, body, DELIVERY), Ignored | Ping)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=100, deadline=None)
@given(event=st.sampled_from(EVENTS) | st.text(max_size=20), document=JSON)
def test_no_json_is_an_error(event: str, document: Any) -> None:
    assert isinstance(parse(event, document), Ignored | Ping)


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(deeper for key, child in children for deeper in paths_of(child, (*path, key)))]


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(
        [
            "pull_request_opened",
            "pull_request_review_comment_created",
            "pull_request_review_thread_resolved",
            "issue_comment_created",
            "check_run_rerequested",
            "check_suite_rerequested",
        ]
    ),
    replacement=JSON,
    data=st.data(),
)
def test_a_payload_with_any_part_replaced_is_never_an_error(
    name: str, replacement: Any, data: st.DataObject
) -> None:
    payload = load_payload(name)
    *outer, last = data.draw(st.sampled_from([path for path in paths_of(payload) if path]))
    place = payload
    for key in outer:
        place = place[key]
    place[last] = replacement
    found = parse(name.rpartition("_")[0], payload)
    assert isinstance(found, ReviewWanted | CommandGiven | HeadRerequested | Ignored)
    if isinstance(found, ReviewWanted):
        for request in found.requests:
            assert request.ref.repo.isascii()
            assert "\n" not in request.ref.external_id
