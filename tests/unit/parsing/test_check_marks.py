from __future__ import annotations

import pytest

from bot.domain.pull_request import PullRequestRef
from bot.parsing.check_marks import number_in


def test_what_we_put_on_a_check_run_names_its_pull_request() -> None:
    assert number_in(PullRequestRef("octo.org/my_shop-2", 17, "a" * 40).external_id) == 17


@pytest.mark.parametrize(
    "mark", [None, "", "#17", "17", "octo/shop", "octo/shop#0", "octo/shop#17\n", "o/s#\u0661"]
)
def test_any_other_mark_names_none(mark: str | None) -> None:
    assert number_in(mark) is None
