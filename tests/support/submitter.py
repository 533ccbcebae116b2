"""Processes that submit one delivery many times at once.

As a program: `python -m tests.support.submitter REDIS_URL DELIVERY COUNT PROCESSES`. It loads all that they
need and forks them. Each begins once all are there, and prints how many of its submissions counted as new.
"""

from __future__ import annotations

import asyncio
import os
import sys

from bot.queue import QueueInbox
from tests.support.jobs import OPTIONS
from tests.support.requests import review_request


async def submit(url: str, delivery: str, count: int) -> int:
    inbox = QueueInbox.connect(url, OPTIONS)
    answers = await asyncio.gather(*(inbox.submit(review_request(delivery)) for _ in range(count)))
    await inbox.close()
    return answers.count(True)


def main() -> int:
    url, delivery, count, processes = sys.argv[1:]
    start, go = os.pipe()
    forked = []
    for _ in range(int(processes)):
        pid = os.fork()
        if pid == 0:
            os.close(go)
            os.read(start, 1)  # its end, which comes to all of them at once
            os.write(sys.stdout.fileno(), f"{asyncio.run(submit(url, delivery, int(count)))}\n".encode())
            os._exit(0)
        forked.append(pid)
    os.close(go)
    failed = [pid for pid in forked if os.waitpid(pid, 0)[1]]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
