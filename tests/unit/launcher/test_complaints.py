from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest

from workers.launcher.complaints import Complaints


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_lasts_is_said_once_a_minute_and_what_is_new_at_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    complaints = Complaints(logging.getLogger("test"), clock)
    for second in range(120):
        clock.now = float(second)
        complaints.say("The disk is full" if second < 90 else "The memory is full")
    complaints.over("All is well")
    complaints.over("All is well")
    complaints.say("The memory is full")
    assert caplog.messages == [
        "The disk is full",
        "The disk is full",
        "The memory is full",
        "All is well",
        "The memory is full",
    ]
