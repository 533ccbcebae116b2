from __future__ import annotations

import subprocess
import sys

from redis import Redis

from tests.support.launching import ROOT
from tests.support.queueing import waiting_jobs


def test_a_delivery_that_arrives_a_hundred_times_at_four_processes_makes_one_job(
    valkey_url: str, redis: Redis
) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.submitter", valkey_url, "d-1", "25"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    new = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, _ = process.communicate(timeout=10)
        new.append(int(out))
        assert process.returncode == 0
    assert sum(new) == 1
    assert len(waiting_jobs(redis)) == 1
