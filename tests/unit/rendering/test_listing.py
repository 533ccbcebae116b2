from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from bot.domain.finding import Disposition, Fate
from bot.rendering.comment import case
from bot.rendering.listing import finding_lines, not_shown_lines, settled_lines
from bot.rendering.terminal import render_terminal
from tests.support.reviews import LOST_GUARD, completed, confirmed, marked

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


def test_what_was_not_posted_for_the_same_reason_and_reads_alike_is_one_line_with_a_count() -> None:
    placeless = replace(LOST_GUARD, lines=None)
    twice = [marked(replace(placeless, quote=quote), Fate.UNSUPPORTED, "no such code") for quote in "ab"]
    other = marked(replace(placeless, claim="Another claim."), Fate.UNSUPPORTED, "no such code")
    review = completed(twice[0], other, twice[1])
    lines = not_shown_lines(review).splitlines()
    assert [line.partition("*")[2] for line in lines] == [
        "Unsupported*, 2 times: no such code",
        "Unsupported*: no such code",
    ]
    out = io.StringIO()
    render_terminal(review, Console(file=out, width=200))
    assert out.getvalue().count("Not shown: ") == 2
    assert "(unsupported, 2 times: no such code)" in out.getvalue()


def test_of_a_long_list_every_finding_that_is_left_out_is_counted() -> None:
    claims = [f"Claim {number}." for number in range(101)]
    findings = [
        marked(replace(LOST_GUARD, claim=claim), Fate.UNSUPPORTED, "gone") for claim in (*claims, claims[-1])
    ]
    assert not_shown_lines(completed(*findings)).endswith("\n- and 2 more findings")
