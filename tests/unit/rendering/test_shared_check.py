"""A check run that is red for the sake of another pull request, and back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.review import Conclusion
from bot.rendering.check import CheckText
from bot.rendering.limits import CHECK_LIMIT, units
from bot.rendering.shared_check import Borrowed, borrow, read_borrowed
from tests.support.github_markdown import render

OWN = CheckText("Skipped: the pull request is a draft", "This commit was not reviewed.", "Details")
RED = Borrowed(7, False, Conclusion.NEUTRAL, OWN)


@pytest.mark.parametrize(
    ("waits", "title", "words"),
    [
        (False, "#7 with the same commit is red", "there the check is red"),
        (True, "#7 with the same commit is still under review", "there the check has no outcome yet"),
    ],
)
def test_the_title_says_whose_red_it_is_and_the_summary_what_is_its_own(
    waits: bool, title: str, words: str
) -> None:
    said = borrow(replace(RED, waits=waits))
    assert (said.title, said.text) == (title, OWN.text)
    visible = render(said.summary).prose
    for part in (words, "Of this pull request alone: Skipped: the pull request is a draft.", OWN.summary):
        assert part in " ".join(visible.split())


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("title", [OWN.title, "Skipped: `x` @team #1 \N{PILE OF POO} <!-- -->", ""])
def test_it_is_read_as_it_was(title: str, waits: bool) -> None:
    own = replace(RED, waits=waits, words=replace(OWN, title=title))
    said = borrow(own)
    assert read_borrowed(said.title, said.summary, said.text) == own


def test_of_a_long_summary_as_much_stays_as_there_is_room_for() -> None:
    said = borrow(replace(RED, words=replace(OWN, summary="word " * 20_000)))
    assert units(said.summary) <= CHECK_LIMIT
    assert read_borrowed(said.title, said.summary, said.text) is not None


@pytest.mark.parametrize(
    "summary",
    [
        OWN.summary,
        f"{OWN.summary}\n<!-- ai-review:own WzFd -->\n",
        "<!-- ai-review:own WzFd -->\nx",
        "<!-- ai-review:own WzEsMCwiZ29uZSIsInQiXQ== -->\nx",
        "<!-- ai-review:own !! -->\nx",
        "",
    ],
)
def test_what_is_damaged_or_stands_elsewhere_is_no_such_text(summary: str) -> None:
    assert read_borrowed("t", summary, "") is None
