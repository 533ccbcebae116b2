from __future__ import annotations

from dataclasses import replace

from bot.domain.finding import Disposition, Fate
from bot.rendering.comment import case
from bot.rendering.listing import finding_lines, settled_lines
from tests.support.reviews import LOST_GUARD, confirmed, marked

OPEN = replace(marked(LOST_GUARD), disposition=Disposition(Fate.OPEN), comment_id=7)


def test_people_are_told_where_a_thread_is_that_github_folds_away() -> None:
    outdated = finding_lines([replace(OPEN, outdated=True)], "https://github.com/acme/shop/pull/7")
    assert "#discussion_r7" in outdated
    assert outdated.endswith("*(in an outdated thread)*")
    assert "outdated" not in finding_lines([OPEN])


def test_why_a_finding_is_fixed_is_a_sentence_behind_the_claims() -> None:
    fixed = replace(OPEN, disposition=Disposition(Fate.FIXED, "its code is gone"))
    assert settled_lines([fixed]).endswith(". Its code is gone.")


def test_what_a_second_model_confirmed_is_not_to_be_looked_up() -> None:
    needy = replace(LOST_GUARD, needs=("load",))
    assert "To check" in case(marked(needy, Fate.POSTED))
    assert "To check" not in case(marked(needy, Fate.POSTED, "", confirmed()))
