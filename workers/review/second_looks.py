"""Questions about a finding that people set off: whether an argument refutes it, and what it means.

The argument is a stranger's text: it may point at code, and it is never evidence itself.
What is *not* here: who may ask and what follows from an answer (workers.commands), and the words around the
material (prompts/argue-*.txt, prompts/explain-*.txt).
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator

from bot.domain.finding import MarkedFinding, Ruling, Verdict
from bot.parsing.masking import masked
from workers.ports import Answer, AnswerT, Model, Unanswered
from workers.review.prompting import about_change, checking_prompt, prompt_of, report
from workers.review.questions import Question, Questions
from workers.review.reading import CheckAnswer, read_verdict
from workers.review.repository_rules import headed
from workers.review.untrusted import visible

_log = logging.getLogger(__name__)

ARGUE: Final = "argue-1"
EXPLAIN: Final = "explain-1"
ARGUMENT_LIMIT: Final = 2_000
"""Characters of an argument that a model is shown."""
EXPLANATION_LIMIT: Final = 6_000


def _prose(value: object) -> str:
    return value.strip()[:EXPLANATION_LIMIT] if isinstance(value, str) else ""


class Explanation(BaseModel):
    """What a finding means, for the person who has to mend the code."""

    explanation: Annotated[str, BeforeValidator(_prose)]


async def judge(
    marked: MarkedFinding, argument: str | None, questions: Questions, model: Model
) -> Verdict | Unanswered | None:
    """What a model says of a finding after another look at the code.

    Args:
        argument: what a person says against it; None asks about the code alone, as a review does.

    Returns:
        The verdict; why there is none; or None where the code is not at hand or time ran out.
    """
    question = (
        await questions.about(marked) if argument is None else await argued(marked, argument, questions)
    )
    if question is None:
        return None
    answer = await _answer(questions, model.ask(question.prompt, CheckAnswer, question.lookup))
    if answer is None or isinstance(answer, Unanswered):
        return answer
    return read_verdict(answer.value, model.name)


async def explain(marked: MarkedFinding, questions: Questions, model: Model) -> str | Unanswered | None:
    """A finding in a model's words, which were written by it: foreign text. None as in `judge`."""
    shown = await questions.shown(marked)
    if shown is None:
        return None
    told = report(marked.finding, _confirmed_because(marked))
    parts = (about_change(questions.change), told, shown.code, shown.beside)
    prompt = prompt_of(EXPLAIN, parts, questions.engine.nonce())
    answer = await _answer(questions, model.ask(prompt, Explanation, shown.lookup))
    if answer is None or isinstance(answer, Unanswered):
        return answer
    return answer.value.explanation


async def argued(marked: MarkedFinding, argument: str, questions: Questions) -> Question | None:
    """The question whether a finding is true, with what a person says against it.

    What a checker said before is left out: the code decides anew.
    """
    shown = await questions.shown(marked)
    if shown is None:
        return None
    nonce = questions.engine.nonce()
    said = headed("A person says", visible(masked(argument))[:ARGUMENT_LIMIT], nonce)
    about, rule = about_change(questions.change), questions.rule_of(marked)
    prompt = checking_prompt(ARGUE, marked.finding, about, (shown.code, shown.beside, said), nonce, rule)
    return Question(prompt, shown.lookup)


async def _answer(
    questions: Questions, asked: Coroutine[Any, Any, Answer[AnswerT] | Unanswered]
) -> Answer[AnswerT] | Unanswered | None:
    """In time; people are told of a failure in words for everybody, and its cause stands in the log."""
    [answer] = await questions.deadline.gather([asked])
    if isinstance(answer, Unanswered):
        _log.warning("A question of a command got no answer: %s", answer.error)
    return answer


def _confirmed_because(marked: MarkedFinding) -> str:
    """What its checker said for it; empty where none did."""
    return next((one.reason for one in marked.verdicts if one.ruling is Ruling.CONFIRMED), "")
