"""What people ask of the bot in comments, answers and threads: one small module a command.

The story is `obeying.obey`: breaker, permission, 👀, the command, its answer, 👍 or 😕. What there is to obey
stands in one dict there.

What is *not* here: reading comments (bot.parsing.commands, bot.github.spoken), and reviews (workers.running).
"""

from workers.commands.desk import Desk
from workers.commands.obeying import obey

__all__ = ["Desk", "obey"]
