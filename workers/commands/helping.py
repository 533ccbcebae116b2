"""`/ai-review help`, and what starts like a command and is none.

What is *not* here: the words (bot.rendering.replies), and what counts as a command (bot.parsing.commands).
"""

from __future__ import annotations

from bot.rendering.replies import help_words, unknown_words
from workers.commands.desk import Outcome, Task


async def help_people(task: Task) -> Outcome:
    """The list of commands; it is no success where somebody meant something else."""
    if task.request.unknown:
        return Outcome(done=False, text=unknown_words(task.request.unknown_texts))
    return Outcome(done=True, text=help_words())
