"""Deliveries through the real application: what is queued, what is answered, what is logged."""

from __future__ import annotations

import asyncio
import json
import logging

import httpx
import pytest

from bot.domain.pull_request import PullRequestRef, Trigger
from bot.domain.request import Command, CommandName, CommandRequest, ReviewRequest
from bot.web.body import Limits
from tests.support.inbox import MemoryInbox
from tests.support.webhooks import DELIVERY, PATH, client_of, deliver, headers_for, load_payload, sign

HEAD = "4f1c8a0be97d35a6c2b1d0e8f7a69384c5d2e1f0"
VECTOR = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


async def post(client: httpx.AsyncClient, body: bytes, **changes: str) -> httpx.Response:
    """A good delivery with some headers changed; an empty value removes one."""
    headers = headers_for(body) | {name.replace("_", "-"): value for name, value in changes.items()}
    return await client.post(PATH, content=body, headers={k: v for k, v in headers.items() if v})


async def test_an_opened_pull_request_is_queued_and_acknowledged() -> None:
    inbox = MemoryInbox()
    answer = await deliver(client_of(inbox), load_payload("pull_request_opened"))
    assert (answer.status_code, answer.json()) == (202, {"queued": True, "new": True})
    ref = PullRequestRef("harbour/ferry", 17, HEAD)
    assert inbox.kept == [ReviewRequest(ref, 5150, Trigger.OPENED, DELIVERY)]


async def test_a_command_is_queued() -> None:
    inbox = MemoryInbox()
    answer = await deliver(client_of(inbox), load_payload("issue_comment_created"), "issue_comment")
    assert answer.status_code == 202
    ref = PullRequestRef("harbour/ferry", 17)
    command = Command(CommandName.REVIEW)
    assert inbox.kept == [CommandRequest(ref, 5150, 990001, "mira", command, DELIVERY)]


async def test_the_same_delivery_many_times_at_once_is_one_request_and_always_acknowledged() -> None:
    inbox = MemoryInbox()
    client = client_of(inbox)
    payload = load_payload("pull_request_opened")
    answers = await asyncio.gather(*(deliver(client, payload) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert [answer.json()["new"] for answer in answers].count(True) == 1
    assert len(inbox.kept) == 1


async def test_a_check_that_names_no_pull_request_is_resolved_by_its_commit() -> None:
    payload = load_payload("check_run_rerequested")
    payload["check_run"]["external_id"] = ""
    inbox = MemoryInbox(heads={("harbour/ferry", HEAD): (17, 21)})
    answer = await deliver(client_of(inbox), payload, "check_run")
    assert answer.status_code == 202
    assert [request.ref.number for request in inbox.kept] == [17, 21]


async def test_a_commit_that_nobody_knows_is_ignored_with_a_reason() -> None:
    payload = load_payload("check_suite_rerequested")
    payload["check_suite"]["pull_requests"] = []
    answer = await deliver(client_of(MemoryInbox()), payload, "check_suite")
    assert answer.status_code == 200
    assert "no pull request is known" in answer.json()["ignored"]


@pytest.mark.parametrize(
    ("event", "payload", "word"),
    [
        ("ping", {"zen": "Keep it logically awesome.", "hook_id": 1}, "ping"),
        ("installation", load_payload("installation_created"), "installation"),
        ("star", {"action": "created"}, "not used"),
        ("pull_request", {"action": "opened"}, "cannot be read"),
        ("pull_request", [], "cannot be read"),
        (
            "pull_request",
            {**load_payload("pull_request_opened"), "action": "labeled"},
            "pull_request.labeled",
        ),
    ],
)
async def test_what_asks_for_nothing_is_answered_with_200_and_a_reason(
    event: str, payload: object, word: str
) -> None:
    inbox = MemoryInbox()
    answer = await deliver(client_of(inbox), payload, event)
    assert answer.status_code == 200
    assert word in answer.json()["ignored"]
    assert inbox.kept == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b'{"action": "\\ud800"}', b"[" * 100_000])
async def test_a_signed_body_that_is_no_payload_is_ignored_with_a_reason(body: bytes) -> None:
    answer = await post(client_of(MemoryInbox()), body)
    assert answer.status_code == 200
    assert answer.json()["ignored"]


async def test_githubs_own_signature_vector_passes_the_door() -> None:
    client = client_of(MemoryInbox(), secrets=[b"It's a Secret to Everybody"])
    answer = await post(client, b"Hello, World!", X_Hub_Signature_256=VECTOR)
    assert answer.status_code == 200  # signed, but no JSON


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=12", "sha1=" + "0" * 40, "sha256=" + "A" * 64, "sha256=" + "0" * 64],
)
async def test_a_missing_or_wrong_signature_is_refused(signature: str) -> None:
    inbox = MemoryInbox()
    body = json.dumps(load_payload("pull_request_opened")).encode()
    answer = await post(client_of(inbox), body, X_Hub_Signature_256=signature)
    assert answer.status_code == 401
    assert "AI_REVIEW_GITHUB_WEBHOOK_SECRET" in answer.json()["detail"]
    assert inbox.kept == []


async def test_a_signature_that_is_not_ascii_is_refused() -> None:
    body = b"{}"
    headers = [(k.encode(), v.encode()) for k, v in headers_for(body).items() if "Signature" not in k]
    headers.append((b"X-Hub-Signature-256", b"sha256=" + b"\xe9" * 64))
    answer = await client_of(MemoryInbox()).post(PATH, content=body, headers=headers)
    assert answer.status_code == 401


async def test_an_altered_body_is_refused() -> None:
    inbox = MemoryInbox()
    body = json.dumps(load_payload("pull_request_opened")).encode()
    answer = await post(client_of(inbox), body + b" ", X_Hub_Signature_256=sign(body))
    assert answer.status_code == 401
    assert inbox.kept == []


async def test_both_secrets_of_a_rotation_are_accepted_and_the_removed_one_is_not() -> None:
    body = json.dumps(load_payload("pull_request_opened")).encode()
    rotating, rotated = (
        client_of(MemoryInbox(), secrets=[b"old", b"new"]),
        client_of(MemoryInbox(), secrets=[b"new"]),
    )
    for secret in (b"old", b"new"):
        answer = await post(rotating, body, X_Hub_Signature_256=sign(body, secret))
        assert answer.status_code == 202
    assert (await post(rotated, body, X_Hub_Signature_256=sign(body, b"old"))).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"X_GitHub_Event": ""},
        {"X_GitHub_Event": "pull request"},
        {"X_GitHub_Event": "a" * 65},
        {"X_GitHub_Delivery": ""},
        {"X_GitHub_Delivery": "two words"},
        {"X_GitHub_Delivery": "0" * 101},
        {"X_GitHub_Delivery": "a/../b"},
    ],
)
async def test_a_header_that_github_would_not_send_is_refused(changes: dict[str, str]) -> None:
    inbox = MemoryInbox()
    body = json.dumps(load_payload("pull_request_opened")).encode()
    answer = await post(client_of(inbox), body, **changes)
    assert answer.status_code == 400
    assert "X-GitHub-" in answer.json()["detail"]
    assert inbox.kept == []


async def test_a_form_encoded_delivery_is_told_how_to_mend_it() -> None:
    answer = await post(
        client_of(MemoryInbox()), b"payload=%7B%7D", Content_Type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


async def test_json_with_a_charset_is_accepted() -> None:
    body = json.dumps(load_payload("pull_request_opened")).encode()
    answer = await post(client_of(MemoryInbox()), body, Content_Type="application/json; charset=utf-8")
    assert answer.status_code == 202


async def test_without_redis_the_answer_is_503_and_the_next_try_is_new() -> None:
    inbox = MemoryInbox(down=True)
    client = client_of(inbox)
    payload = load_payload("pull_request_opened")
    assert (await deliver(client, payload)).status_code == 503
    inbox.down = False
    answer = await deliver(client, payload)
    assert (answer.status_code, answer.json()["new"]) == (202, True)


async def test_a_queue_that_never_answers_is_503_within_the_limit() -> None:
    client = client_of(MemoryInbox(stuck=True), limits=Limits(inbox_seconds=0.05))
    async with asyncio.timeout(2):
        assert (await deliver(client, load_payload("pull_request_opened"))).status_code == 503


async def test_a_delivery_that_was_kept_by_half_is_not_acknowledged_and_is_completed_by_the_next_try() -> (
    None
):
    payload = load_payload("check_suite_rerequested")
    listed = payload["check_suite"]["pull_requests"]
    listed.append({**listed[0], "number": 18})
    inbox = MemoryInbox(refuse_after=1)
    client = client_of(inbox)
    assert (await deliver(client, payload, "check_suite")).status_code == 503
    inbox.refuse_after = None
    answer = await deliver(client, payload, "check_suite")
    assert (answer.status_code, answer.json()) == (202, {"queued": True, "new": True})
    assert [request.ref.number for request in inbox.kept] == [17, 18]


async def test_a_get_is_not_allowed() -> None:
    assert (await client_of(MemoryInbox()).get(PATH)).status_code == 405


async def test_logs_name_the_delivery_and_the_pull_request_and_nothing_of_the_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    payload = load_payload("pull_request_opened")
    payload["pull_request"]["head"]["ref"] = 'x\n{"level":"INFO","message":"forged"}'
    payload["pull_request"]["title"] = "forged"
    await deliver(client_of(MemoryInbox()), payload)
    [record] = [record for record in caplog.records if record.name.startswith("bot.")]
    assert vars(record)["delivery"] == DELIVERY
    assert vars(record)["pull_request"] == "harbour/ferry#17"
    assert "forged" not in repr(vars(record))


async def test_a_refusal_is_logged_without_the_headers_that_were_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    body = b"{}"
    await post(
        client_of(MemoryInbox()), body, X_GitHub_Delivery="forged id", X_Hub_Signature_256="sha256=forged"
    )
    [record] = [record for record in caplog.records if record.name.startswith("bot.")]
    assert vars(record)["status"] == 401
    assert "forged" not in repr(vars(record))
