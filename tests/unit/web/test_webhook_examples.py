"""Every example of GitHub's events, signed, through the receiver: no error, and what is wanted is queued.

The examples are those of @octokit/webhooks-examples, in the folder that AI_REVIEW_TEST_DATA names.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.domain.request import ReviewRequest
from tests.support.inbox import MemoryInbox
from tests.support.webhooks import client_of, deliver

DATA = os.environ.get("AI_REVIEW_TEST_DATA", "")
EXAMPLES = Path(DATA) / "webhook_examples.json"

pytestmark = pytest.mark.skipif(
    not (DATA and EXAMPLES.is_file()), reason="AI_REVIEW_TEST_DATA names no folder with webhook_examples.json"
)

WANTED = {"opened", "reopened", "ready_for_review", "synchronize"}


def examples() -> list[tuple[str, Any]]:
    return [
        (event["name"], example)
        for event in json.loads(EXAMPLES.read_text(encoding="utf-8"))
        for example in event["examples"]
    ]


async def test_every_example_is_understood_or_ignored_with_a_reason() -> None:
    inbox = MemoryInbox()
    client = client_of(inbox)
    statuses: Counter[tuple[str, str, int]] = Counter()
    for number, (event, payload) in enumerate(examples()):
        answer = await deliver(client, payload, event, delivery=f"example-{number}")
        assert answer.status_code in (200, 202), (event, payload.get("action"), answer.text)
        assert answer.status_code == 202 or answer.json()["ignored"]
        statuses[event, str(payload.get("action")), answer.status_code] += 1

    assert len(inbox.kept) == sum(count for (*_, status), count in statuses.items() if status == 202)
    pulls = {action for event, action, status in statuses if (event, status) == ("pull_request", 202)}
    assert pulls == WANTED
    assert not any(
        status == 200 for event, action, status in statuses if event == "pull_request" and action in WANTED
    )
    assert statuses["check_suite", "rerequested", 202] == 2


async def test_no_example_is_ignored_because_it_could_not_be_read() -> None:
    client = client_of(MemoryInbox())
    for number, (event, payload) in enumerate(examples()):
        answer = await deliver(client, payload, event, delivery=f"example-{number}")
        assert "cannot be read" not in answer.text, (event, payload.get("action"), answer.text)


async def test_what_is_queued_is_what_the_example_says() -> None:
    for event, payload in examples():
        if event != "pull_request" or payload["action"] not in WANTED:
            continue
        inbox = MemoryInbox()
        await deliver(client_of(inbox), payload)
        [request] = inbox.kept
        assert isinstance(request, ReviewRequest)
        assert request.ref.repo == payload["repository"]["full_name"]
        assert request.ref.number == payload["pull_request"]["number"]
        assert request.ref.head_sha == payload["pull_request"]["head"]["sha"]
        assert request.installation == (payload.get("installation") or {}).get("id")
        assert request.trigger == payload["action"]
