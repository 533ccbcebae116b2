"""Why a model left a part of a change without a look, in words for people.

What is *not* here: what follows for a review's outcome (workers.review.rounds).
"""

from __future__ import annotations

from bot.errors import (
    AnswerCut,
    AnswerForeign,
    BudgetHeld,
    BudgetSpent,
    ModelAnswerInvalid,
    ModelError,
    ModelRefused,
    ProviderFailed,
    RateReached,
    WindowExceeded,
)
from bot.rendering.failures import failure_reason
from workers.review.change import Gap

TOO_LARGE = "the question is larger than the model's window; the operator should set AI_REVIEW_MODEL_WINDOW"
NOT_UNDERSTOOD = Gap("a part of the model's answer could not be understood", passing=True)
TOO_LONG = Gap("the model's answer holds more reports than are read", passing=True)
NO_EVIDENCE = Gap("nothing of what the model reported has evidence in the code", passing=True)


def gap_of(error: ModelError) -> Gap:
    """What a model's failure means to people, and whether a later try may do better."""
    if isinstance(error, BudgetSpent):
        held = isinstance(error, BudgetHeld)
        return Gap(str(error), passing=held, unpaid=not held)
    if isinstance(error, WindowExceeded):
        return Gap(TOO_LARGE, passing=False)
    if isinstance(error, (ModelRefused, RateReached, ProviderFailed, AnswerForeign)):
        return Gap(failure_reason(error), passing=not isinstance(error, ModelRefused))
    if isinstance(error, AnswerCut):
        return Gap("the model's answer was cut off", passing=True)
    if isinstance(error, ModelAnswerInvalid):
        return Gap("the model gave no usable answer", passing=True)
    return Gap("the model could not be reached, or did not answer in time", passing=True)
