"""Our own inline comment once its finding is settled: said once, undone whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.finding import Disposition, Fate, MarkedFinding
from bot.rendering.carried import carried_finding, carry_finding
from bot.rendering.comment import inline_comment
from bot.rendering.limits import BODY_LIMIT, units
from bot.rendering.markers import MarkerKind, find_marker
from bot.rendering.settled import reopened_comment, settled_comment
from tests.support.github_markdown import render
from tests.support.reviews import HEAD, LOST_GUARD, completed, confirmed, marked, told

POSTED = marked(LOST_GUARD, Fate.POSTED, "", confirmed())
BODY = f"{inline_comment(POSTED, completed())}\n{carry_finding(POSTED)}"
FIXED = told(LOST_GUARD, Fate.FIXED)
DISMISSED = told(LOST_GUARD, Fate.DISMISSED, "The caller checks it.", "mona-lisa")
WITHDRAWN = told(LOST_GUARD, Fate.WITHDRAWN, "An order has an item by then")
SETTLED = (FIXED, DISMISSED, WITHDRAWN, replace(DISMISSED, disposition=Disposition(Fate.DISMISSED)))


def first_line(body: str) -> str:
    return body.split("\n", 1)[0]


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (FIXED, "✅ **Fixed** in `4f1c2a9`: its code is gone."),
        (
            replace(FIXED, disposition=Disposition(Fate.FIXED, "the length is checked now")),
            "✅ **Fixed** in `4f1c2a9`: the length is checked now.",
        ),
        (DISMISSED, "**Dismissed** by `mona-lisa`: The caller checks it."),
        (SETTLED[3], "**Dismissed**."),
        (WITHDRAWN, "**Withdrawn**: An order has an item by then."),
    ],
)
def test_one_line_says_how_it_was_settled(one: MarkedFinding, line: str) -> None:
    body = settled_comment(BODY, one, HEAD)
    assert first_line(body) == line
    assert LOST_GUARD.consequence in body.partition("<details>")[2]


@pytest.mark.parametrize("one", SETTLED)
def test_settling_twice_changes_nothing_and_reopening_undoes_it(one: MarkedFinding) -> None:
    once = settled_comment(BODY, one, HEAD)
    assert settled_comment(once, one, HEAD) == once
    assert reopened_comment(once) == BODY
    assert reopened_comment(BODY) == BODY


@pytest.mark.parametrize("one", SETTLED)
def test_a_settled_comment_asks_for_no_reply(one: MarkedFinding) -> None:
    assert "Reply `/ai-review" in BODY
    assert "Reply `/ai-review" not in settled_comment(BODY, one, HEAD)


def test_what_follows_from_it_stands_below_and_goes_with_it() -> None:
    body = settled_comment(BODY, DISMISSED, HEAD, "<sub>Nothing follows.</sub>")
    assert body.split("\n")[:3] == [
        first_line(settled_comment(BODY, DISMISSED, HEAD)),
        "",
        "<sub>Nothing follows.</sub>",
    ]
    assert reopened_comment(body) == BODY


def test_the_commit_that_fixed_it_stays_the_one_that_was_named_first() -> None:
    once = settled_comment(BODY, FIXED, HEAD)
    assert settled_comment(once, FIXED, "b" * 40) == once


def test_one_fate_takes_the_place_of_another() -> None:
    body = settled_comment(settled_comment(BODY, FIXED, HEAD), DISMISSED, HEAD)
    assert body == settled_comment(BODY, DISMISSED, HEAD)
    assert settled_comment(body, replace(DISMISSED, disposition=Disposition(Fate.OPEN)), HEAD) == BODY


@pytest.mark.parametrize("one", SETTLED)
def test_hidden_lines_stay_whole(one: MarkedFinding) -> None:
    body = settled_comment(BODY, one, HEAD)
    assert body.endswith(BODY[BODY.index("<!-- ai-review") :])
    assert carried_finding(body) == POSTED
    finding, said = find_marker(body, MarkerKind.FINDING), find_marker(body, MarkerKind.SETTLED)
    assert finding is not None
    assert finding.values == {"fp": POSTED.fingerprint}
    assert said is not None
    assert said.values["fate"] == one.disposition.fate.value


def test_a_comment_as_long_as_github_takes_is_settled_within_its_limit() -> None:
    start, hidden = BODY[: BODY.index("<!-- ai-review")], BODY[BODY.index("<!-- ai-review") :]
    long = f"{start}```\n{'🎉' * ((BODY_LIMIT - units(BODY) - 10) // 2)}\n```\n\n{hidden}"
    assert BODY_LIMIT - 10 < units(long) <= BODY_LIMIT
    once = settled_comment(long, DISMISSED, HEAD)
    assert units(once) <= BODY_LIMIT
    assert once.endswith(hidden)
    assert once.count("<details>") == once.count("</details>")
    assert render(once).kinds >= {"fence", "html_block"}
    assert settled_comment(once, DISMISSED, HEAD) == once


def test_a_comment_that_somebody_edited_is_settled_all_the_same() -> None:
    edited = settled_comment(BODY, FIXED, HEAD).replace("<details>", "<p>").replace("\n", "\r\n")
    body = settled_comment(edited, DISMISSED, HEAD)
    assert first_line(body).startswith("**Dismissed** by")
    assert carried_finding(body) == POSTED
    assert settled_comment(body, DISMISSED, HEAD) == body


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=40), st.sampled_from(["", "\n</details>", "```\n", "\n\n</details>\n\n", "<details>"])
)
def test_any_visible_text_comes_back(text: str, more: str) -> None:
    visible = (text.replace("\r", "") + more).strip("\n") or "x"
    body = f"{visible}\n\n<!-- ai-review:finding fp={'0' * 16} -->"
    assert reopened_comment(settled_comment(body, FIXED, HEAD)) == body
