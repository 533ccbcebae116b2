from __future__ import annotations

import pytest

from bot.errors import (
    AnswerCut,
    AnswerForeign,
    AnswerWithheld,
    BudgetHeld,
    BudgetSpent,
    ModelAnswerInvalid,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    ProviderFailed,
    RateReached,
    WindowExceeded,
)
from workers.review.gaps import gap_of


@pytest.mark.parametrize(
    ("error", "words", "passing"),
    [
        (BudgetSpent("the budget of this review is spent"), "the budget of this review is spent", False),
        (BudgetHeld("other reviews hold it"), "other reviews hold it", True),
        (WindowExceeded("secret"), "AI_REVIEW_MODEL_WINDOW", False),
        (ModelRefused("secret"), "key, quota and name", False),
        (AnswerWithheld("secret"), "a filter", False),
        (AnswerCut("secret"), "cut off", True),
        (AnswerForeign("secret"), "what answered is not the API", True),
        (ModelAnswerInvalid("secret"), "no usable answer", True),
        (ModelUnavailable("secret"), "could not be reached", True),
        (RateReached("secret"), "limits how much may be asked at once", True),
        (ProviderFailed("secret"), "is overloaded or has a fault", True),
    ],
)
def test_people_are_told_why_a_model_did_not_answer(error: ModelError, words: str, passing: bool) -> None:
    gap = gap_of(error)
    assert words in gap.reason
    assert "secret" not in gap.reason
    assert gap.passing is passing
