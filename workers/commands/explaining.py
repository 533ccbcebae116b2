"""`/ai-review explain`: what a finding means, from its evidence and the code as it is now.

What is *not* here: the question (workers.review.second_looks).
"""

from __future__ import annotations

from bot.domain.finding import MarkedFinding
from bot.domain.request import CommandName
from bot.rendering.replies import elsewhere_words, evidence_words, explanation_words, unexplained_words
from workers.commands.desk import Outcome, Task
from workers.commands.looking import looking, why_silent
from workers.commands.threads import finding_thread
from workers.ports import Unanswered
from workers.review.second_looks import explain


async def explain_finding(task: Task) -> Outcome:
    """In a model's words where there is one and it answers; else what is known, as it stands."""
    found = await finding_thread(task.desk, task.request)
    if found is None:
        return Outcome(done=False, text=elsewhere_words(CommandName.EXPLAIN))
    async with looking(task.desk, task.pull) as look:
        if look is None:
            return Outcome(done=True, text=evidence_words(found.marked))
        answer = await explain(found.marked, look.questions(), look.checker)
        if isinstance(answer, str) and answer:
            return Outcome(done=True, text=explanation_words(answer, look.checker.name))
    return Outcome(done=False, text=_known(found.marked, answer))


def _known(marked: MarkedFinding, answer: str | Unanswered | None) -> str:
    """Why there is no explanation, and the evidence in its place."""
    why = "its answer was empty" if isinstance(answer, str) else why_silent(answer)
    return f"{unexplained_words(why)}\n\n{evidence_words(marked)}"
