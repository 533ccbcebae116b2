"""What a job's process opens before it does anything."""

from __future__ import annotations

import pytest

from workers.jobs import _open


def test_a_job_serves_the_queue_as_the_operator_wants_it(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_REVIEW_REDIS_URL", valkey_url)
    monkeypatch.setenv("AI_REVIEW_PUSH_SPACING", "60")
    monkeypatch.setenv("AI_REVIEW_REVIEW_DEADLINE", "77")
    _, redis, queue = _open()
    with redis:
        assert (queue.options.push_spacing, queue.options.review_deadline) == (60, 77)
