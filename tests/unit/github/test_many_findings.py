"""A change with 65 findings: what reaches GitHub, in how many requests, and where each can be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.diff import Anchor, Side
from bot.domain.finding import Disposition, Fate, LineRange, MarkedFinding
from bot.domain.policy import Policy
from bot.domain.review import Conclusion, Review
from bot.github.checks import finish_check, start_check
from bot.github.client import GitHub, connect
from bot.github.publish import ReviewComment, post_review, upsert_summary
from bot.github.pulls import fetch_pull_request
from bot.rendering.check import check_result
from bot.rendering.comment import inline_comment
from bot.rendering.markers import MarkerKind, write_marker
from bot.rendering.summary import review_body, summary_comment
from tests.support.installation import Scene, scene_in
from tests.support.reviews import LOST_GUARD, completed
from tests.support.sandbox import numbered
from workers.review.ranking import rank

FILES = {"shop/orders.py": numbered(100)}
CONTENTS = ("POST reviews", "POST comments")


def found(line: int) -> MarkedFinding:
    finding = replace(LOST_GUARD, lines=LineRange(line, line), claim=f"Line {line} divides by {line}.")
    anchor = Anchor(finding.path, Side.RIGHT, line)
    return MarkedFinding(finding, Disposition(Fate.POSTED), f"{line:016x}", anchor=anchor)


def of_65(cap: int) -> Review:
    return completed(*rank([found(line) for line in range(1, 66)], Policy(max_comments=cap)))


async def written(github: GitHub, scene: Scene, review: Review) -> Review:
    """Put everything on the pull request; comments that GitHub refuses are told of in the summary."""
    pull = await fetch_pull_request(github, scene.ref)
    review = replace(review, head_sha=pull.head_sha)
    check_id = await start_check(github, pull, "Reading", "…")
    assert check_id is not None
    posted = review.with_fate(Fate.POSTED)
    comments = [ReviewComment(one.anchor, inline_comment(one, review)) for one in posted if one.anchor]
    marker = write_marker(MarkerKind.REVIEW, head=pull.head_sha)
    answer = await post_review(github, pull, review_body(review), comments, marker=marker)
    refused = {comment.body for comment in answer.rejected}
    review = replace(review, findings=tuple(_placed(one, review, refused) for one in review.findings))
    body = summary_comment(review, pull.ref, Conclusion.SUCCESS)
    await upsert_summary(
        github, pull, body, None, marker=write_marker(MarkerKind.SUMMARY, head=pull.head_sha)
    )
    await finish_check(
        github, "acme/shop", check_id, Conclusion.SUCCESS, check_result(review, Conclusion.SUCCESS)
    )
    return review


def _placed(marked: MarkedFinding, review: Review, refused: set[str]) -> MarkedFinding:
    if marked.disposition.fate is Fate.POSTED and inline_comment(marked, review) in refused:
        return replace(marked, disposition=Disposition(Fate.UNANCHORED, "no place"), anchor=None)
    return marked


@pytest.mark.parametrize("cap", [1, 20, 65])
async def test_65_findings_are_one_review_within_the_cap_and_none_is_lost(tmp_path: Path, cap: int) -> None:
    scene = scene_in(tmp_path, head=FILES)
    async with connect(
        scene.credentials, "https://github.test", transport=scene.sandbox.transport()
    ) as github:
        await written(github, scene, of_65(cap))
    [run] = scene.repository.checks
    [summary] = scene.pull.comments
    assert len(scene.pull.reviews) == 1
    assert len(scene.pull.review_comments) == cap
    assert len(run.annotations) == 65 - cap
    assert all(f"Line {line} divides by" in summary.body for line in range(1, 66))
    assert [call for call in scene.written() if call in CONTENTS] == list(CONTENTS)
    assert run.title == "65 findings, worst: high"


async def test_one_of_20_that_github_refuses_is_told_whole_in_the_summary(tmp_path: Path) -> None:
    scene = scene_in(tmp_path, head=FILES)
    findings = [found(line) for line in range(1, 20)]
    nowhere = replace(found(50), anchor=Anchor("shop/orders.py", Side.RIGHT, 999))
    async with connect(
        scene.credentials, "https://github.test", transport=scene.sandbox.transport()
    ) as github:
        review = await written(github, scene, completed(*findings, nowhere))
    [summary] = scene.pull.comments
    [run] = scene.repository.checks
    assert [one.finding.lines for one in review.with_fate(Fate.UNANCHORED)] == [LineRange(50, 50)]
    assert len(scene.pull.review_comments) == 19
    assert "No place for an inline comment" in summary.body
    assert [one.start_line for one in run.annotations] == [50]
