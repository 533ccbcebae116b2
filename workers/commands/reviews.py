"""`/ai-review` and `/ai-review full`: put on the queue, where one review of a pull request waits at most.

What is *not* here: the review (workers.running).
"""

from __future__ import annotations

from bot.domain.pull_request import Trigger
from bot.domain.request import CommandRequest, Look, ReviewRequest
from bot.rendering.replies import CLOSED
from workers.commands.desk import Desk, Outcome, Task


async def review(task: Task) -> Outcome:
    """What is new since the last one."""
    return _queued(task, Look.NEW)


async def review_all(task: Task) -> Outcome:
    """Everything, as if for the first time."""
    return _queued(task, Look.ALL)


async def refresh(desk: Desk, request: CommandRequest) -> None:
    """Somebody settled a thread by a click: check and summary have to follow. Nobody is answered.

    GitHub lets only people click who may; whether it settles the finding is asked by the review. A click
    waits like a push: it must not take the place of a review that somebody asked for.
    """
    submit(desk, request, Look.STANDING, Trigger.SYNCHRONIZE)


def submit(desk: Desk, request: CommandRequest, look: Look, trigger: Trigger = Trigger.COMMAND) -> None:
    """Ask for a review, once a delivery."""
    delivery = f"command-{request.delivery}"
    desk.queue.submit(ReviewRequest(request.ref, request.installation, trigger, delivery, look))


def _queued(task: Task, look: Look) -> Outcome:
    if not task.pull.is_open:
        return Outcome(done=False, text=CLOSED)
    submit(task.desk, task.request, look)
    return Outcome(done=True)
