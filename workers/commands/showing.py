"""`/ai-review config`: the policy that applies here, and where each of its values comes from.

What is *not* here: the words (bot.rendering.policies).
"""

from __future__ import annotations

from bot.rendering.policies import policy_words
from workers.commands.desk import Outcome, Task


async def show_policy(task: Task) -> Outcome:
    """Values only: of the operator's settings what holds where the policy is silent, and nothing secret."""
    return Outcome(done=True, text=policy_words(task.in_force))
