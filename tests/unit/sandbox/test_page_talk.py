"""What became of comments, and what checks say of lines, on the page of a pull request."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.editing import minimize
from bot.sandbox.state import ReviewComment
from tests.support.sandbox import Scene, scene

NOTE = {
    "path": "shop/orders.py",
    "start_line": 12,
    "end_line": 14,
    "annotation_level": "warning",
    "message": "Never closed.",
}


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


@pytest.fixture
def comment(stage: Scene) -> ReviewComment:
    return stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Off by one.", author="ada")


def box(stage: Scene, comment: ReviewComment) -> str:
    """The HTML of a thread."""
    page = stage.sandbox.page(stage.pull)
    start = page.index(f'id="thread-{comment.id}"')
    end = page.find('<div class="thread', start)
    return page[start : end if end > 0 else page.index("</table>", start)]


def test_answers_stand_below_the_comment_in_its_thread(stage: Scene, comment: ReviewComment) -> None:
    stage.sandbox.reply(comment, "It **cannot** happen.", author="ben")
    found = box(stage, comment)
    assert found.index("Off by one.") < found.index("ben") < found.index("<strong>cannot</strong>")
    assert "<details>" not in found


def test_a_resolved_thread_is_folded_and_names_who_resolved_it(stage: Scene, comment: ReviewComment) -> None:
    stage.sandbox.resolve(comment, by="mara")
    found = box(stage, comment)
    head = re.search(r"<details><summary[^>]*>(.*?)</summary>", found, re.DOTALL)
    assert head is not None
    assert "line 5" in head[1]
    assert "resolved" in head[1]
    assert "by mara" in head[1]
    assert head.end() < found.index("Off by one.")
    stage.sandbox.unresolve(comment)
    assert "resolved" not in box(stage, comment)


def test_an_outdated_thread_keeps_its_answers_and_its_resolution(
    stage: Scene, comment: ReviewComment
) -> None:
    stage.sandbox.reply(comment, "Gone now.")
    stage.sandbox.resolve(comment, by="mara")
    stage.sandbox.commit(stage.repository, "change", {"shop/orders.py": "all new\n"})
    page = stage.sandbox.page(stage.pull)
    at = [page.index(words) for words in (">outdated<", ">resolved<", "by mara", "changed 5", "Gone now.")]
    assert at == sorted(at)
    assert page.count("Gone now.") == 1


def test_reactions_stand_on_inline_comments(stage: Scene, comment: ReviewComment) -> None:
    for who in ("ben", "mara"):
        stage.sandbox.react(comment, "-1", author=who)
    assert "👎 2" in box(stage, comment)


async def test_what_is_minimized_is_folded_with_its_reason(stage: Scene, comment: ReviewComment) -> None:
    said = stage.sandbox.comment(stage.pull, "Old news.")
    async with stage.client() as client:
        await client.post(f"{stage.path}/pulls/1/reviews", json=stage.review(body="Stale."))
    minimize(said, "OUTDATED")
    minimize(comment, "RESOLVED")
    minimize(stage.pull.reviews[-1], "OFF_TOPIC")
    page = stage.sandbox.page(stage.pull)
    for reason, text in (("outdated", "Old news."), ("resolved", "Off by one."), ("off-topic", "Stale.")):
        folded = rf"<details class=\"folded\"><summary>[^<]*marked as {reason}\.</summary>\s*<div[^>]*>\s*<p>"
        assert re.search(folded + re.escape(text), page), reason
    minimize(said, None)
    assert "marked as outdated" not in stage.sandbox.page(stage.pull)


async def annotate(stage: Scene, *notes: dict[str, Any]) -> str:
    output = {"title": "Looked", "summary": "s", "annotations": list(notes)}
    body = {"name": "ai-review", "head_sha": stage.pull.head_sha, "conclusion": "neutral", "output": output}
    async with stage.client() as client:
        assert (await client.post(f"{stage.path}/check-runs", json=body)).status_code == 201
    return stage.sandbox.page(stage.pull)


async def test_annotations_name_file_lines_level_and_message(stage: Scene) -> None:
    page = await annotate(
        stage,
        NOTE | {"title": "A leak"},
        NOTE | {"path": "lib/other.py", "start_line": 3, "end_line": 3, "annotation_level": "failure"},
    )
    first, second = re.findall(r'<li class="(?:warning|failure)">.*?</li>', page, re.DOTALL)
    for words in ("shop/orders.py", "lines 12-14", "warning", "A leak", "Never closed."):
        assert words in first
    for words in ("lib/other.py", "line 3", "failure", "Never closed."):
        assert words in second
    anchor = re.search(r'href="#(file-\d+)"', first)
    assert anchor is not None
    assert page.index(f'id="{anchor[1]}"') < page.index("changed 5")
    assert "href" not in second, "the change leaves this file alone"
    assert "2 annotations" in page


async def test_labels_and_annotations_are_shown_as_text(stage: Scene) -> None:
    hostile = "<script>alert(1)</script><img src=x>"
    stage.sandbox.add_label(stage.pull, hostile)
    page = await annotate(stage, NOTE | {"message": hostile, "title": hostile, "path": hostile})
    assert page.count("&lt;script&gt;") == 4
    assert not re.search(r"<(script|img)", page)
