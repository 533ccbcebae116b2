"""How fast the receiver accepts signed events while two workers wait for a slow model.

What is *not* here: the load generator (tests.bench.load).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from bot.queue.layout import DEFAULT_OPTIONS
from tests.bench.figures import Figure, Target, percentile
from tests.bench.processes import Tree, cpu_of
from tests.support.installed import SECRET

CONCURRENCY = 20
ROUNDS = (300, 900, 900, 900)
"""Events a round; the first round only warms up. Together 3,000, so that this ends soon on any machine."""

_GROUP = "Webhooks"
_SECONDS = 120
_ROOT = Path(__file__).resolve().parents[2]


def measure_webhooks(port: int, tree: Tree) -> list[Figure]:
    """Accepted events a second, the slowest of a hundred, and the receiver's own CPU time for one."""
    before, queued = cpu_of(tree.receiver), _queued(tree)
    _, *rounds = _generate(port)
    cpu = (cpu_of(tree.receiver) - before) / sum(ROUNDS)
    lost = sum(ROUNDS) - (_queued(tree) - queued)
    refused = [sum(one["statuses"].values()) - one["statuses"].get("202", 0) for one in rounds]
    load = f"{CONCURRENCY} connections, two workers busy"
    return [
        Figure(
            _GROUP,
            f"acknowledged a second, {load}",
            "1/s",
            tuple(one["statuses"].get("202", 0) / one["seconds"] for one in rounds),
            (Target.AT_LEAST, 400),
        ),
        Figure(_GROUP, "answer, median", "ms", tuple(percentile(one["milliseconds"], 0.5) for one in rounds)),
        Figure(
            _GROUP,
            "answer, slowest of a hundred (p99)",
            "ms",
            tuple(percentile(one["milliseconds"], 0.99) for one in rounds),
            (Target.BELOW, 100),
        ),
        Figure(_GROUP, "answers other than 202", "events", tuple(map(float, refused)), (Target.AT_MOST, 0)),
        Figure(_GROUP, "events without a job in Redis", "events", (float(lost),), (Target.AT_MOST, 0)),
        Figure(_GROUP, "receiver's CPU time for one event", "ms", (cpu * 1000,)),
    ]


def _queued(tree: Tree) -> int:
    """Jobs that wait for a worker. Each event was for a pull request of its own, so none replaces another."""
    with Redis.from_url(tree.redis_url()) as redis:
        return Queue(DEFAULT_OPTIONS.name, connection=redis, serializer=JSONSerializer).count


def _generate(port: int) -> list[Any]:
    arguments = [str(port), SECRET, str(CONCURRENCY), "1000", *map(str, ROUNDS)]
    answer = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", *arguments],
        cwd=_ROOT,
        check=True,
        stdout=subprocess.PIPE,
        timeout=_SECONDS,
    )
    return [json.loads(line) for line in answer.stdout.splitlines()]
