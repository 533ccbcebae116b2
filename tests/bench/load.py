"""Load generator for the receiver: keep-alive HTTP/1.1 connections that send signed events one after another.

As a program, so that it shares neither interpreter nor event loop with anything else:
`python -m tests.bench.load PORT SECRET CONCURRENCY FIRST COUNT [COUNT ...]` sends COUNT events a round,
numbered from FIRST on, and writes one JSON object a round to standard output.

What is *not* here: the events (tests.bench.payload) and what the numbers mean (tests.bench.webhooks).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import uvloop

from tests.bench.payload import opened_request

ROUND_SECONDS = 30.0
"""A receiver that hangs ends the measurement instead of delaying it."""


@dataclass(slots=True)
class Round:
    """What one round saw.

    Attributes:
        seconds: from the first byte to the last answer.
        milliseconds: of each answer, from the first byte of its request on.
        statuses: how often each HTTP status came.
    """

    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)


async def send_all(port: int, requests: list[bytes], concurrency: int) -> Round:
    """Send every request once, over so many connections."""
    seen, waiting = Round(), iter(requests)
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(concurrency)]
    began = time.perf_counter()
    async with asyncio.timeout(ROUND_SECONDS):
        await asyncio.gather(*(_converse(*connection, waiting, seen) for connection in connections))
    seen.seconds = time.perf_counter() - began
    return seen


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, waiting: Iterator[bytes], seen: Round
) -> None:
    """One connection: take the next request, wait for its answer, and so on."""
    for request in waiting:
        began = time.perf_counter()
        writer.write(request)
        status = await _answer(reader)
        seen.milliseconds.append((time.perf_counter() - began) * 1000)
        seen.statuses[status] = seen.statuses.get(status, 0) + 1
    writer.close()
    await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> str:
    """The status of the next answer, whose body is read and dropped."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    await reader.readexactly(int(headers["content-length"]))
    return first.split(" ")[1]


def main() -> None:
    """Prepare every request of a round before its clock starts."""
    port, secret, concurrency, first, *counts = sys.argv[1:]
    number = int(first)
    for count in map(int, counts):
        requests = [opened_request(number + offset, secret.encode()) for offset in range(count)]
        number += count
        seen = uvloop.run(send_all(int(port), requests, int(concurrency)))
        sys.stdout.write(json.dumps(asdict(seen)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
