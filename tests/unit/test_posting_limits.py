"""As much as a review can say, written by the real `post` to a GitHub that refuses what is too much."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.diff import Anchor, Side
from bot.domain.finding import Fate, LineRange, MarkedFinding
from bot.domain.policy import Policy
from bot.domain.review import Review
from bot.github.checks import start_check
from bot.github.client import GitHub, connect
from bot.github.pulls import fetch_pull_request
from bot.rendering.limits import BODY_LIMIT, units
from tests.support.github_markdown import render
from tests.support.installation import Scene, scene_in
from tests.support.reviews import LOST_GUARD, completed, marked
from tests.support.sandbox import numbered
from workers.posting import NO_PLACE, NoCheck, Terms, post
from workers.review.ranking import rank

FILE = "shop/orders.py"
CONTENT = ("POST reviews", "POST comments")
"""What counts as content that was created: GitHub takes 80 a minute and 500 an hour."""


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return scene_in(tmp_path, head={FILE: numbered(100)})


@pytest.fixture
async def github(scene: Scene) -> AsyncIterator[GitHub]:
    transport = scene.sandbox.transport()
    async with connect(scene.credentials, "https://github.test", transport=transport) as one:
        yield one


def found(line: int, words: str = "") -> MarkedFinding:
    finding = replace(
        LOST_GUARD, lines=LineRange(line, line), claim=f"Line {line} divides by {line}. {words}"
    )
    if words:
        finding = replace(finding, trigger=words, consequence=words, suggestion=words)
    return replace(marked(finding, fingerprint=f"{line:016x}"), anchor=Anchor(FILE, Side.RIGHT, line))


async def posted(github: GitHub, scene: Scene, review: Review) -> Review:
    pull = await fetch_pull_request(github, scene.ref)
    check_id = await start_check(github, pull, "Reading", "…")
    review = replace(review, head_sha=pull.head_sha)
    return (await post(github, pull, review, Terms(), check_id=check_id or NoCheck.NOT_OURS)).review


@pytest.mark.parametrize("cap", [1, 20, 60])
async def test_65_findings_are_one_review_within_the_cap_and_the_rest_stands_in_the_summary(
    github: GitHub, scene: Scene, cap: int
) -> None:
    findings = rank([found(line) for line in range(1, 66)], Policy(max_comments=cap))
    review = await posted(github, scene, completed(*findings))
    [summary] = scene.pull.comments
    assert len(scene.pull.reviews) == 1
    assert len(scene.pull.review_comments) == cap
    assert len(review.with_fate(Fate.FOLDED)) == 65 - cap
    assert all(f"Line {line} divides by" in summary.body for line in range(1, 66))
    assert [call for call in scene.written() if call in CONTENT] == list(CONTENT)
    assert str(scene.check()[2]).startswith("65 findings")


@pytest.mark.parametrize("place", [0, 7, 19])
async def test_one_of_20_comments_that_github_refuses_stands_in_the_summary_and_19_at_their_lines(
    github: GitHub, scene: Scene, place: int
) -> None:
    findings = [found(line) for line in range(1, 21)]
    findings[place] = replace(findings[place], anchor=Anchor(FILE, Side.RIGHT, 999))
    review = await posted(github, scene, completed(*findings))
    [refused] = review.with_fate(Fate.UNANCHORED)
    [summary] = scene.pull.comments
    assert (refused.fingerprint, refused.disposition.reason) == (f"{place + 1:016x}", NO_PLACE)
    assert [one.state for one in scene.pull.reviews] == ["COMMENTED"]
    told = [one.place.line for one in scene.pull.review_comments]
    assert told == [line for line in range(1, 21) if line != place + 1]
    assert f"Line {place + 1} divides by" in summary.body
    assert scene.check()[0] == "completed"


@pytest.mark.parametrize(
    "words", ["🎉 " * 30_000, "x" * 70_000, "```py\n" + "y = 1\n" * 20_000, "👩‍👩‍👧" * 9_000]
)
async def test_what_is_too_long_is_cut_and_never_refused(github: GitHub, scene: Scene, words: str) -> None:
    many = rank([found(line, words) for line in range(1, 13)], Policy(max_comments=3))
    await posted(github, scene, completed(*many))
    bodies = [one.body for one in (*scene.pull.reviews, *scene.pull.review_comments, *scene.pull.comments)]
    assert len(bodies) == 5
    for body in bodies:
        rendered = render(body)
        assert units(body) <= BODY_LIMIT
        assert "<!-- ai-review:" in "".join(rendered.html), "no open fence swallows what stands at the end"
        assert body.encode().decode() == body
    assert all((call.status or 500) < 400 for call in scene.sandbox.calls)
