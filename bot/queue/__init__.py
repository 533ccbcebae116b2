"""The queue: a slot per pull request in Redis, and rq jobs that serve the slots.

Its promises: an accepted request survives every crash; one delivery makes one job; of several requests for a
pull request the newest is run; two runs of one pull request never write at the same time; a run whose process
dies is started again, a bounded number of times.
What is *not* here: the job functions (workers.jobs; named by string, since nothing in `bot` imports
`workers`).
"""

from __future__ import annotations

from bot.queue.inbox import QueueInbox
from bot.queue.layout import DEFAULT_OPTIONS, QueueOptions, open_rq_queue, options_of
from bot.queue.readiness import readiness, why_refused
from bot.queue.runs import Queue, Run
from bot.queue.wire import CommandJob

__all__ = [
    "DEFAULT_OPTIONS",
    "CommandJob",
    "Queue",
    "QueueInbox",
    "QueueOptions",
    "Run",
    "open_rq_queue",
    "options_of",
    "readiness",
    "why_refused",
]
