"""Memory of every kind of process, idle and busy.

What is *not* here: making workers busy (tests.bench.reviews).
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.figures import Figure
from tests.bench.processes import Tree, memory_of


def measure_idle(tree: Tree, how: str) -> list[Figure]:
    """Everything that an installation runs while there is nothing to do; `how` names its reviewer."""
    return [
        *_figures(f"receiver, {how}", [tree.receiver]),
        *_figures(f"launcher, {how}", [tree.launcher]),
        *_figures(f"housekeeper, {how}", [tree.housekeeper]),
        *_figures(f"idle worker, {how}", tree.workers),
        *_figures(f"embedded Valkey, {how}", [tree.valkey]),
    ]


def measure_busy(tree: Tree, how: str) -> list[Figure]:
    """Workers that wait for their jobs, and the processes of these jobs, which wait for a model."""
    return [
        *_figures(f"busy worker, {how}", tree.workers),
        *_figures(f"process of its job, {how}", tree.jobs()),
    ]


def _figures(name: str, pids: Sequence[int]) -> list[Figure]:
    found = [memory_of(pid) for pid in pids]
    return [
        Figure("Memory", f"{name}: RSS", "MiB", tuple(one.rss for one in found)),
        Figure("Memory", f"{name}: PSS", "MiB", tuple(one.pss for one in found)),
    ]
