"""`/ai-review pause` and `/ai-review resume`: kept in Redis, and recorded on the pull request by our answer.

What is *not* here: what a pause holds back (workers.inspecting).
"""

from __future__ import annotations

from bot.rendering.pauses import paused_words, resumed_words
from bot.rendering.replies import CLOSED
from workers.commands.desk import Outcome, Task


async def pause(task: Task) -> Outcome:
    """Pushes are not reviewed from now on."""
    if not task.pull.is_open:
        return Outcome(done=False, text=CLOSED)
    at, by = task.desk.clock(), task.request.author
    task.desk.pauses.pause(task.request.ref, by, "", at)
    return Outcome(done=True, text=paused_words(by, at), in_conversation=True)


async def resume(task: Task) -> Outcome:
    """Pushes are reviewed again."""
    if not task.pull.is_open:
        return Outcome(done=False, text=CLOSED)
    task.desk.pauses.resume(task.request.ref)
    text = resumed_words(task.request.author, task.desk.clock())
    return Outcome(done=True, text=text, in_conversation=True)
