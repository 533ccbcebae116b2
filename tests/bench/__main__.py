"""`make bench`: measures this machine, prints a table, and stores it. Exit status 1 when a target is missed.

With `--dry` nothing is stored; names of measurements behind it leave the others out.
What is *not* here: any single measurement.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from tests.bench.bursts import measure_bursts
from tests.bench.engine import measure_engine
from tests.bench.figures import Figure
from tests.bench.flow import measure_flow
from tests.bench.machine import describe_machine, load_average
from tests.bench.memory import measure_busy, measure_idle
from tests.bench.processes import find_tree
from tests.bench.report import show, store
from tests.bench.reviews import Bench, measure_static, measure_with_model
from tests.bench.rounds import measure_rounds
from tests.bench.starting import measure_starting
from tests.bench.webhooks import measure_webhooks
from tests.support.installed import Installed, installed

_BUSY_SECONDS = 90.0
"""How long the slow model takes: longer than the load lasts. The installation is stopped before."""


def main() -> int:
    """Run everything, one after another: at no time do two measurements compete."""
    began, before = time.monotonic(), load_average()
    console = Console(width=130)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        figures = _measure(Path(name), console)
    results = {
        "machine": describe_machine(),
        "load": [before, load_average()],
        "seconds": round(time.monotonic() - began),
        "figures": [figure.as_json() for figure in figures],
    }
    show(results, console)
    if "--dry" not in sys.argv[1:]:
        store(results)
    return 1 if any(figure.verdict == "missed" for figure in figures) else 0


def _measure(folder: Path, console: Console) -> list[Figure]:
    steps: dict[str, Callable[[Path], list[Figure]]] = {
        "with a model": _with_a_model,
        "static": _static,
        "a real library": _real_library,
        "starting": measure_starting,
        "bursts of pushes": measure_bursts,
        "the engine": lambda _: [*measure_engine(), *measure_flow(), *measure_rounds()],
    }
    figures: list[Figure] = []
    wanted = sys.argv[sys.argv.index("--dry") + 1 :] if "--dry" in sys.argv else []
    for name, step in steps.items():
        if wanted and name not in wanted:
            continue
        console.print(f"measuring {name} ...")
        own = folder / name.replace(" ", "-")
        own.mkdir()
        figures += step(own)
    order = list(dict.fromkeys(figure.group for figure in figures))
    return sorted(figures, key=lambda figure: order.index(figure.group))


def _with_a_model(folder: Path) -> list[Figure]:
    """One worker for the reviews, then two that wait while webhooks pour in."""
    (folder / "one").mkdir()
    with installed(folder / "one", workers="1") as bot:
        reviews = measure_with_model(Bench(bot, find_tree(os.getpid())))
    (folder / "two").mkdir()
    with installed(folder / "two", workers="2") as bot:
        tree = find_tree(os.getpid())
        idle = measure_idle(tree, "scripted model")
        Bench(bot, tree).occupy(_BUSY_SECONDS)
        busy = measure_busy(tree, "scripted model")
        webhooks = measure_webhooks(_port(bot), tree)
        assert len(tree.jobs()) == len(tree.workers), "the workers became idle: the load lasted too long"
    return [*webhooks, *reviews, *idle, *busy]


def _static(folder: Path) -> list[Figure]:
    with installed(folder, workers="1", model="static") as bot:
        tree = find_tree(os.getpid())
        return [*measure_idle(tree, "static"), *measure_static(Bench(bot, tree))]


def _real_library(folder: Path) -> list[Figure]:
    """What a provider's library weighs; nobody calls it here."""
    with installed(folder, {"OPENAI_API_KEY": "none"}, workers="1", model="openai-chat:none"):
        return measure_idle(find_tree(os.getpid()), "OpenAI's library")


def _port(bot: Installed) -> int:
    port = urlsplit(bot.app.webhook_url or "").port
    assert port is not None
    return port


if __name__ == "__main__":
    sys.exit(main())
