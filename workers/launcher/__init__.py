"""Starts worker processes and keeps them alive: `run_workers` is behind `ai-review work` and `up`.

    launcher            loads heavy modules once, forks the others, starts again what dies
    |-- housekeeper     rq's scheduler and its maintenance (workers.launcher.housekeeper)
    `-- worker (N)      takes jobs off the queue (workers.launcher.worker)
        `-- job         a fork per job, so that no job can harm the next

What is *not* here: what a job does (workers.jobs), and what the queue promises (bot.queue).
"""

from __future__ import annotations

from workers.launcher.supervisor import run_workers
from workers.launcher.timing import Timing

__all__ = ["Timing", "run_workers"]
