from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.in_force import OperatorsOwn, PolicyInForce
from bot.domain.policy import CrossCheck, Policy
from bot.rendering.policies import policy_words
from tests.support.github_markdown import render


@pytest.mark.parametrize("value", ["a|b", r"a\|b", r"a\\|b", "a\\"])
def test_a_bar_in_a_value_ends_no_cell_whatever_stands_before_it(value: str) -> None:
    table = policy_words(PolicyInForce(replace(Policy(), ignore=(value,)), ()))
    assert value in render(table).code


@pytest.mark.parametrize(
    ("operator", "rows"),
    [
        (
            OperatorsOwn(),
            ["`off` | `default, since no model takes part`", "`1` | `operator`", "`static` | `operator`"],
        ),
        (
            OperatorsOwn(has_model=True, passes=3),
            [
                "`off` | `default, since there is no second model`",
                "`3` | `operator`",
                "`the operator's own; each review names it` | `operator`",
            ],
        ),
    ],
)
def test_what_the_policy_does_not_say_is_shown_as_it_holds(operator: OperatorsOwn, rows: list[str]) -> None:
    words = policy_words(PolicyInForce(operator=operator))
    keys = ("cross_check", "passes", "model")
    assert all(f"| `{key}` | {row} |" in words for key, row in zip(keys, rows, strict=True))
    assert "| `budget_usd` | `none` | `default` |" in words
    assert "| `triggers.pause_after` | `never` | `default` |" in words


def test_what_the_policy_says_holds_whatever_the_operator_has() -> None:
    own = OperatorsOwn(has_model=True, has_second=True, has_budget=True)
    said = replace(Policy(), cross_check=CrossCheck.OFF, passes=2, model="openai:x", budget_usd=1.0)
    words = policy_words(PolicyInForce(said, operator=own))
    for row in ("cross_check` | `off", "passes` | `2", "model` | `openai:x", "budget_usd` | `1.0"):
        assert f"| `{row}` | `default` |" in words
    assert "| `budget_usd` | `the operator's own` | `operator` |" in policy_words(PolicyInForce(operator=own))
