"""A process that submits one delivery many times at once.

As a program: `python -m tests.support.submitter REDIS_URL DELIVERY COUNT`. It says 'ready' on standard
output, waits for a line, and prints how many submissions counted as new.
"""

from __future__ import annotations

import asyncio
import sys

from bot.queue import QueueInbox
from tests.support.jobs import OPTIONS
from tests.support.requests import review_request


async def main() -> None:
    url, delivery, count = sys.argv[1:]
    inbox = QueueInbox.connect(url, OPTIONS)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    answers = await asyncio.gather(*(inbox.submit(review_request(delivery)) for _ in range(int(count))))
    sys.stdout.write(f"{answers.count(True)}\n")
    await inbox.close()


if __name__ == "__main__":
    asyncio.run(main())
