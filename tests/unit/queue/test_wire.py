from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.pull_request import PullRequestRef, Trigger
from bot.domain.request import Command, CommandName, CommandRequest, Look, ReviewRequest
from bot.errors import JobUnreadable
from bot.queue.wire import CommandJob, ReviewJob, decode, encode
from tests.support.requests import review_request

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
REFS = st.builds(PullRequestRef, TEXT, st.integers(1, 2**40), st.none() | TEXT)
REF = PullRequestRef("acme/shop", 7)
INSTALLATIONS = st.none() | st.integers(0, 2**60)


@settings(deadline=None, max_examples=50)
@given(
    st.builds(
        ReviewRequest,
        REFS,
        INSTALLATIONS,
        st.sampled_from(Trigger),
        TEXT,
        st.sampled_from(Look),
        st.floats(0, 2**40),
    )
)
def test_a_review_request_survives_the_queue(request: ReviewRequest) -> None:
    assert decode(encode(request), ReviewRequest) == request


@settings(deadline=None, max_examples=50)
@given(
    st.builds(
        CommandRequest,
        REFS,
        INSTALLATIONS,
        st.integers(0, 2**60),
        TEXT,
        st.builds(Command, st.sampled_from(CommandName), TEXT),
        TEXT,
        st.booleans(),
        st.none() | st.integers(1, 2**53),
        st.booleans(),
    ),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_a_command_survives_the_queue(request: CommandRequest, retries: int, pauses: int) -> None:
    job = CommandJob(request, retries, pauses)
    assert decode(encode(job), CommandJob) == job


def test_a_field_of_a_later_release_is_ignored() -> None:
    value = json.loads(encode(review_request()))
    value["body"]["urgency"] = "high"
    value["body"]["ref"]["base_sha"] = "c" * 40
    assert decode(json.dumps(value), ReviewRequest) == review_request()


def test_a_field_with_a_default_may_be_missing() -> None:
    value = json.loads(encode(review_request(head=None)))
    del value["body"]["ref"]["head_sha"]
    assert decode(json.dumps(value), ReviewRequest) == review_request(head=None)


def test_a_request_of_the_release_before_comes_from_no_time() -> None:
    value = json.loads(encode(review_request()))
    for field in ("look", "told_at"):
        del value["body"][field]
    assert decode(json.dumps(value), ReviewRequest) == review_request()


def test_a_command_of_the_release_before_is_one_of_the_conversation() -> None:
    command = CommandRequest(REF, 7, 1, "mira", Command(CommandName.HELP), "d-1", True, 5, True)
    value = json.loads(encode(CommandJob(command)))
    for field in ("inline", "thread_id", "unknown", "unknown_texts"):
        del value["body"]["request"][field]
    found = decode(json.dumps(value), CommandJob).request
    assert found == CommandRequest(REF, 7, 1, "mira", Command(CommandName.HELP), "d-1")


@pytest.mark.parametrize("version", [0, 2])
def test_another_format_is_refused_with_its_number(version: int) -> None:
    text = json.dumps({"version": version, "body": {"slot": "s", "ticket": "t"}})
    with pytest.raises(JobUnreadable, match=f"format {version} "):
        decode(text, ReviewJob)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version":1}', '{"version":1,"body":{"slot":7}}', b"\xff"])
def test_damage_is_reported_as_such(text: str | bytes) -> None:
    with pytest.raises(JobUnreadable, match="cannot be read"):
        decode(text, ReviewJob)
