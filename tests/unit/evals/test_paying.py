from __future__ import annotations

from tests.support.scripted import finds, scripted
from workers.evals.paying import SPENT, Budget, PaidModel
from workers.models.budgeted import BudgetedModel
from workers.models.purse import Meter, Purse
from workers.models.scripted import ScriptedModel
from workers.ports import Answer, Model, Prompt, Unanswered
from workers.review.reading import FindAnswer

SMALL, LARGE = Prompt("s", "u", "find-2"), Prompt("s", "u" * 100_000, "find-2")


def paid(inner: ScriptedModel, budget: Budget) -> Model:
    return PaidModel(BudgetedModel(inner, Meter(purse=budget.purse)), budget)


async def test_the_first_question_that_cannot_be_paid_for_is_the_last_one_of_every_model() -> None:
    finder, judge, budget = scripted(finds()), scripted(finds()), Budget(Purse(tokens=20_000))
    assert isinstance(await paid(finder, budget).ask(SMALL, FindAnswer), Answer)
    for model in (paid(finder, budget), paid(judge, budget)):
        for prompt in (LARGE, SMALL):
            answer = await model.ask(prompt, FindAnswer)
            assert isinstance(answer, Unanswered)
            assert str(answer.error) == SPENT
    assert (len(finder.prompts), len(judge.prompts)) == (1, 0)


async def test_other_failures_end_nothing() -> None:
    model = paid(scripted(), Budget(Purse(tokens=20_000)))
    for _ in range(2):
        answer = await model.ask(SMALL, FindAnswer)
        assert isinstance(answer, Unanswered)
        assert "no rule fits" in str(answer.error)
