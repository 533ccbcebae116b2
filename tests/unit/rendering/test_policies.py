from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.in_force import PolicyInForce
from bot.domain.policy import Policy
from bot.rendering.policies import policy_words
from tests.support.github_markdown import render


@pytest.mark.parametrize("value", ["a|b", r"a\|b", r"a\\|b", "a\\"])
def test_a_bar_in_a_value_ends_no_cell_whatever_stands_before_it(value: str) -> None:
    table = policy_words(PolicyInForce(replace(Policy(), ignore=(value,)), ()))
    assert value in render(table).code
