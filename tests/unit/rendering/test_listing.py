from __future__ import annotations

from dataclasses import replace

from bot.domain.finding import Disposition, Fate
from bot.rendering.listing import finding_lines
from tests.support.reviews import LOST_GUARD, marked

OPEN = replace(marked(LOST_GUARD), disposition=Disposition(Fate.OPEN), comment_id=7)


def test_people_are_told_where_a_thread_is_that_github_folds_away() -> None:
    outdated = finding_lines([replace(OPEN, outdated=True)], "https://github.com/acme/shop/pull/7")
    assert "#discussion_r7" in outdated
    assert outdated.endswith("*(in an outdated thread)*")
    assert "outdated" not in finding_lines([OPEN])
