"""`/ai-review dismiss [reason]`: a person decides that a finding is no problem.

What is *not* here: what follows from it (workers.settling).
"""

from __future__ import annotations

from bot.domain.finding import Disposition, Fate
from bot.domain.request import CommandName
from bot.parsing.masking import masked
from bot.rendering.replies import elsewhere_words
from workers.commands.desk import Outcome, Task


async def dismiss(task: Task) -> Outcome:
    """Settle the finding of this thread. The thread says it, so there is no answer beside it."""
    request, settle = task.request, task.desk.settle
    if request.inline and request.thread_id is not None:
        said = Disposition(Fate.DISMISSED, masked(request.command.argument), request.author)
        if await settle(task.pull, request.thread_id, said) is not None:
            return Outcome(done=True)
    return Outcome(done=False, text=elsewhere_words(CommandName.DISMISS))
