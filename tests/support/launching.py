"""A launcher in a process of its own, as tests need it: short times, test jobs.

As a program: `python -m tests.support.launching REDIS_URL WORKERS GRACE REVIEW_FUNCTION`.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from bot.settings import load_settings
from tests.support.jobs import OPTIONS
from workers.launcher import Timing, run_workers

ROOT = Path(__file__).resolve().parents[2]

TIMING = Timing(
    heartbeat_ttl=3,
    monitoring=1,
    idle=1,
    maintenance=0.5,
    tick=0.1,
    sweeping=0.1,
    forced=3.0,
    first_pause=0.05,
    longest_pause=0.5,
)


@contextmanager
def launched(
    url: str,
    *,
    workers: int = 1,
    grace: float = 5.0,
    function: str = OPTIONS.review_function,
    log: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start it; `log` takes what it says, from warnings on."""
    command = [sys.executable, "-m", "tests.support.launching", url, str(workers), str(grace), function]
    with log.open("wb") if log else nullcontext() as stream:
        process = subprocess.Popen(command, cwd=ROOT, stderr=stream)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait()


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(part) for part in text.split()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (ProcessLookupError, FileNotFoundError):
        return False


def main() -> int:
    url, workers, grace, function = sys.argv[1:]
    return run_workers(
        load_settings({"AI_REVIEW_WORKERS": workers}),
        url,
        options=dataclasses.replace(OPTIONS, review_function=function),
        timing=dataclasses.replace(TIMING, grace=float(grace)),
        preload=("tests.support.jobs",),
        sweep=lambda redis: redis.incr("swept"),
    )


if __name__ == "__main__":
    sys.exit(main())
