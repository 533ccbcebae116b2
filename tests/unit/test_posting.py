from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.diff import Anchor, Side
from bot.domain.finding import Disposition, Fate, MarkedFinding
from bot.domain.ledger import THUMBS_DOWN
from bot.domain.policy import FailOn
from bot.domain.review import Outcome, Review
from bot.errors import HeadMoved, SlotLost
from bot.github.checks import start_check
from bot.github.client import GitHub, connect
from bot.github.pulls import fetch_pull_request
from bot.rendering.carried import carried_finding, carried_ledger, with_finding
from bot.rendering.settled import settled_comment
from bot.sandbox.journal import Fault
from tests.support.installation import Scene, scene_in
from tests.support.reviews import LOST_GUARD, SHARED_DEFAULT, completed, failed, marked, partial, skipped
from workers.posting import NO_PLACE, NoCheck, Terms, post

GUARD = marked(LOST_GUARD, fingerprint="a" * 16)
DEFAULT = marked(SHARED_DEFAULT, fingerprint="b" * 16)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return scene_in(tmp_path)


@pytest.fixture
async def github(scene: Scene) -> AsyncIterator[GitHub]:
    transport = scene.sandbox.transport()
    async with connect(scene.credentials, "https://github.test", transport=transport) as one:
        yield one


def at_line(one: MarkedFinding, line: int) -> MarkedFinding:
    return replace(one, anchor=Anchor(one.finding.path, Side.RIGHT, line))


async def posted(
    github: GitHub, scene: Scene, review: Review, *, check: bool = True, fail_on: FailOn = FailOn.NEVER
) -> Review:
    pull = await fetch_pull_request(github, scene.ref)
    check_id = await start_check(github, pull, "Reading", "…") if check else None
    seen = replace(review, head_sha=pull.head_sha)
    return (await post(github, pull, seen, Terms(fail_on), check_id=check_id or NoCheck.NOT_OURS)).review


async def test_review_summary_and_check_are_written_in_this_order(github: GitHub, scene: Scene) -> None:
    review = await posted(github, scene, completed(GUARD, DEFAULT))
    assert scene.written()[1:] == ["POST reviews", "POST comments", f"PATCH {scene.repository.checks[0].id}"]
    assert [comment.place.line for comment in scene.pull.review_comments] == [42, 12]
    assert scene.check()[:2] == ("completed", "success")
    assert review.with_fate(Fate.POSTED) == (GUARD, DEFAULT)


async def test_what_stands_is_not_posted_again_and_the_summary_is_edited(
    github: GitHub, scene: Scene
) -> None:
    await posted(github, scene, completed(GUARD))
    await posted(github, scene, completed(GUARD))
    assert len(scene.pull.reviews) == 1
    await posted(github, scene, completed(GUARD, DEFAULT))
    assert [len(scene.pull.reviews), len(scene.pull.review_comments)] == [2, 2]
    assert len(scene.pull.comments) == 1
    assert "2 findings" in scene.pull.comments[0].body


async def test_a_summary_that_somebody_deleted_is_written_anew(github: GitHub, scene: Scene) -> None:
    await posted(github, scene, completed())
    scene.sandbox.fail(Fault("PATCH", "/issues/comments/", status=404, body={"message": "Not Found"}))
    await posted(github, scene, completed())
    assert len(scene.pull.comments) == 2


async def test_a_finding_that_github_has_no_place_for_goes_into_the_summary(
    github: GitHub, scene: Scene
) -> None:
    review = await posted(github, scene, completed(at_line(GUARD, 999), DEFAULT))
    [refused] = review.with_fate(Fate.UNANCHORED)
    assert (refused.fingerprint, refused.anchor, refused.disposition.reason) == ("a" * 16, None, NO_PLACE)
    assert review.with_fate(Fate.POSTED) == (DEFAULT,)
    assert [comment.place.path for comment in scene.pull.review_comments] == ["shop/basket.py"]
    assert "The guard against an empty order is gone" in scene.pull.comments[0].body


async def test_where_no_comment_has_a_place_there_is_no_review_and_the_check_still_counts_them(
    github: GitHub, scene: Scene
) -> None:
    await posted(github, scene, completed(at_line(GUARD, 998), at_line(DEFAULT, 999)), fail_on=FailOn.HIGH)
    assert scene.pull.reviews == []
    assert scene.check()[:2] == ("completed", "failure")


async def test_a_clean_review_posts_no_review(github: GitHub, scene: Scene) -> None:
    await posted(github, scene, completed(marked(LOST_GUARD, Fate.REFUTED, "Callers check it.")))
    assert (scene.pull.reviews, len(scene.pull.comments)) == ([], 1)


async def test_nothing_is_written_about_a_head_that_is_no_longer_one(github: GitHub, scene: Scene) -> None:
    pull = await fetch_pull_request(github, scene.ref)
    scene.push()
    seen = replace(completed(GUARD), head_sha=pull.head_sha)
    with pytest.raises(HeadMoved) as moved:
        await post(github, pull, seen, Terms(), check_id=NoCheck.NOT_OURS)
    assert moved.value.new_sha == scene.pull.head_sha
    assert scene.written() == []


async def test_nothing_is_written_once_another_run_has_taken_over(github: GitHub, scene: Scene) -> None:
    def lost() -> None:
        raise SlotLost("another run")

    pull = await fetch_pull_request(github, scene.ref)
    review = replace(completed(GUARD), head_sha=pull.head_sha)
    with pytest.raises(SlotLost):
        await post(github, pull, review, Terms(), check_id=1, may_write=lost)
    assert scene.written() == []


@pytest.mark.parametrize(("review", "summaries"), [(partial(), 1), (failed(), 0), (skipped(), 0)])
async def test_beside_a_check_only_what_was_looked_at_has_a_summary(
    github: GitHub, scene: Scene, review: Review, summaries: int
) -> None:
    await posted(github, scene, review)
    assert len(scene.pull.comments) == summaries
    assert scene.check()[:2] == ("completed", "neutral")


@pytest.mark.parametrize("review", [partial(), failed(), skipped()])
async def test_without_a_check_the_summary_says_every_outcome(
    github: GitHub, scene: Scene, review: Review
) -> None:
    await posted(github, scene, review, check=False)
    assert len(scene.pull.comments) == 1
    assert scene.repository.checks == []
    assert (review.outcome is Outcome.PARTIAL) == ("not read" in scene.pull.comments[0].body)


@pytest.mark.parametrize("review", [failed(), skipped()])
async def test_who_did_not_look_leaves_the_ledger_in_the_summary_as_it_was(
    github: GitHub, scene: Scene, review: Review
) -> None:
    nowhere = replace(GUARD, anchor=None, disposition=Disposition(Fate.UNANCHORED))
    await posted(github, scene, completed(nowhere), check=False)
    before = carried_ledger(scene.pull.comments[0].body)
    assert before is not None
    assert len(before.open) == 1
    await posted(github, scene, review, check=False)
    assert carried_ledger(scene.pull.comments[0].body) == before


async def test_a_comment_says_when_a_dismissal_by_hand_was_taken_back(github: GitHub, scene: Scene) -> None:
    await posted(github, scene, completed(GUARD))
    comment = scene.pull.review_comments[0]
    told = comment.body
    down = Disposition(Fate.DISMISSED, THUMBS_DOWN, "wanda", by_hand=True)
    await posted(github, scene, completed(replace(GUARD, comment_id=comment.id, disposition=down)))
    assert comment.body.startswith("**Dismissed**")
    still = replace(GUARD, comment_id=comment.id, disposition=Disposition(Fate.OPEN))
    await posted(github, scene, completed(still))
    assert comment.body.split("\n")[0] == told.split("\n")[0]
    carried = carried_finding(comment.body)
    assert carried is not None
    assert carried.disposition.fate is Fate.OPEN


async def test_a_review_that_knew_nothing_of_a_command_does_not_undo_it(github: GitHub, scene: Scene) -> None:
    await posted(github, scene, completed(GUARD))
    comment = scene.pull.review_comments[0]
    said = replace(GUARD, disposition=Disposition(Fate.DISMISSED, "meant so", "wanda"))
    comment.body = with_finding(comment.body, said)
    await posted(
        github, scene, completed(replace(GUARD, comment_id=comment.id, disposition=Disposition(Fate.OPEN)))
    )
    assert carried_finding(comment.body) == said


async def test_what_a_command_said_meanwhile_is_not_written_over(github: GitHub, scene: Scene) -> None:
    await posted(github, scene, completed(GUARD))
    comment = scene.pull.review_comments[0]
    told = replace(GUARD, comment_id=comment.id)
    dismissed = replace(told, disposition=Disposition(Fate.DISMISSED, "meant so", "wanda"))
    comment.body = settled_comment(with_finding(comment.body, dismissed), dismissed, scene.pull.head_sha)
    fixed = replace(told, disposition=Disposition(Fate.FIXED, "its code is gone"))
    await posted(github, scene, completed(fixed))
    assert comment.body.startswith("**Dismissed** by `wanda`")
