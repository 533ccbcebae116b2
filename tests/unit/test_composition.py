from __future__ import annotations

import pytest

from bot.settings import Settings
from workers.composition import FIXED_TOKENS, limits_of
from workers.models.registry import ANSWER_SHARE
from workers.review.change import Limits


@pytest.mark.parametrize("window", [8192, 16_384, 32_768, 200_000, 1_000_000])
def test_a_question_and_its_answer_fit_into_the_window(window: int) -> None:
    limits = limits_of(Settings(model_window=window))
    answer = min(16_000, window // ANSWER_SHARE)
    assert limits.bundle_tokens >= 900
    assert FIXED_TOKENS + limits.bundle_tokens + limits.related_tokens + answer <= window


def test_a_large_window_changes_nothing() -> None:
    assert limits_of(Settings(model_window=200_000)) == limits_of(Settings())
    assert limits_of(Settings()).bundle_tokens == Limits().bundle_tokens


def test_a_part_of_the_deadline_is_kept_for_posting() -> None:
    assert limits_of(Settings(review_deadline=900)).deadline == 840
    assert limits_of(Settings(review_deadline=60)).deadline == 30
