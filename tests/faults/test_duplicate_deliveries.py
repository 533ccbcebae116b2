from __future__ import annotations

import subprocess
import sys

from redis import Redis

from tests.support.launching import ROOT
from tests.support.queueing import waiting_jobs


def test_a_delivery_that_arrives_a_hundred_times_at_four_processes_makes_one_job(
    valkey_url: str, redis: Redis
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.submitter", valkey_url, "d-1", "25", "4"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert sorted(done.stdout.split()) == ["0", "0", "0", "1"]
    assert len(waiting_jobs(redis)) == 1
