from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.diff import Anchor, Side
from bot.domain.finding import Disposition, Fate, MarkedFinding
from bot.domain.ledger import THUMBS_DOWN, Ledger, Lesson
from bot.domain.pull_request import PullRequest, Trigger
from bot.domain.request import Look
from bot.github.client import GitHub, connect
from bot.github.pulls import fetch_pull_request
from bot.rendering.carried import carried_finding, with_finding
from bot.sandbox.state import ReviewComment
from tests.support.desk import Submitted
from tests.support.installation import Scene, scene_in
from tests.support.memory import memory_of
from tests.support.reviews import LOST_GUARD, completed, marked
from workers.posting import NoCheck, Terms, post
from workers.settling import Settling

SAID = Disposition(Fate.DISMISSED, "meant so", "wanda")
FOUND = replace(marked(LOST_GUARD, fingerprint="a" * 16), anchor=Anchor(LOST_GUARD.path, Side.RIGHT, 42))


@dataclass
class Stage:
    """A pull request with one posted finding."""

    scene: Scene
    github: GitHub
    redis: Redis
    pull: PullRequest
    queue: Submitted = field(default_factory=Submitted)

    @property
    def comment(self) -> ReviewComment:
        return self.scene.pull.review_comments[0]

    async def settle(self, comment_id: int, said: Disposition = SAID) -> MarkedFinding | None:
        settling = Settling(self.github, self.queue, memory_of(self.redis), 5, "d-9")
        return await settling(self.pull, comment_id, said)

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return memory_of(self.redis).ledgers.lessons("acme/shop", 0.0)


@pytest.fixture
async def stage(tmp_path: Path, redis: Redis) -> AsyncIterator[Stage]:
    scene = scene_in(tmp_path)
    transport = scene.sandbox.transport()
    async with connect(scene.credentials, "https://github.test", transport=transport) as github:
        pull = await fetch_pull_request(github, scene.ref)
        review = replace(completed(FOUND), head_sha=pull.head_sha)
        await post(github, pull, review, Terms(), check_id=NoCheck.NOT_OURS)
        yield Stage(scene, github, redis, pull)


async def test_a_dismissed_finding_says_so_in_its_comment_which_is_closed(stage: Stage) -> None:
    settled = await stage.settle(stage.comment.id)
    assert settled is not None
    assert settled.disposition == SAID
    assert stage.comment.body.startswith("**Dismissed** by `wanda`: meant so.")
    assert stage.comment.minimized == "resolved"
    carried = carried_finding(stage.comment.body)
    assert carried is not None
    assert carried.disposition == SAID


async def test_check_and_summary_are_asked_for_without_taking_a_command_s_place(stage: Stage) -> None:
    await stage.settle(stage.comment.id)
    [request] = stage.queue.requests
    assert (request.trigger, request.look) == (Trigger.SYNCHRONIZE, Look.STANDING)
    assert (request.ref.head_sha, request.installation) == (None, 5)


async def test_a_dismissal_is_a_lesson_and_a_withdrawal_is_none(stage: Stage) -> None:
    await stage.settle(stage.comment.id, Disposition(Fate.WITHDRAWN, "callers check it", "model"))
    assert stage.lessons == ()
    assert stage.comment.body.startswith("**Withdrawn**")


async def test_what_was_dismissed_is_remembered_with_who_and_why(stage: Stage) -> None:
    await stage.settle(stage.comment.id)
    [lesson] = stage.lessons
    assert (lesson.by, lesson.reason, lesson.pull_number) == ("wanda", "meant so", 1)


async def test_a_dismissal_says_what_is_held_back_from_now_on_and_how_that_is_taken_back(
    stage: Stage,
) -> None:
    await stage.settle(stage.comment.id)
    [lesson] = stage.lessons
    note = stage.comment.body.partition("<details>")[0]
    assert "held back in this repository for 90 days" in note
    assert f"`ai-review policy learned acme/shop --forget {lesson.id}`" in note
    await stage.settle(stage.comment.id, Disposition(Fate.WITHDRAWN, "callers check it", "model"))
    assert stage.comment.body.partition("<details>")[0] == note


async def test_a_grave_finding_that_is_dismissed_without_a_reason_teaches_nothing_and_says_so(
    stage: Stage,
) -> None:
    await stage.settle(stage.comment.id, replace(SAID, reason=""))
    assert stage.lessons == ()
    assert stage.comment.body.startswith("**Dismissed** by `wanda`.\n\n<sub>Without a reason, other high ")


@pytest.mark.parametrize("said", [replace(SAID, reason=""), SAID])
async def test_where_nothing_is_learned_nothing_is_said_of_it(stage: Stage, said: Disposition) -> None:
    stage.scene.sandbox.commit(stage.scene.repository, "main", {".github/ai-review.yml": "learning: false\n"})
    stage.pull = await fetch_pull_request(stage.github, stage.scene.ref)
    await stage.settle(stage.comment.id, said)
    assert stage.lessons == ()
    assert "<sub>" not in stage.comment.body.partition("<details>")[0]


async def test_a_finding_that_was_settled_stays_as_it_was(stage: Stage) -> None:
    await stage.settle(stage.comment.id)
    body = stage.comment.body
    again = await stage.settle(stage.comment.id, Disposition(Fate.DISMISSED, "other words", "otto"))
    assert again is not None
    assert again.disposition == SAID
    assert stage.comment.body == body


async def test_a_comment_of_somebody_else_is_no_finding_of_ours(stage: Stage) -> None:
    theirs = stage.scene.sandbox.comment_on_line(
        stage.scene.pull, LOST_GUARD.path, 3, stage.comment.body, author="mallory"
    )
    assert await stage.settle(theirs.id) is None
    assert stage.queue.requests == []


async def test_a_comment_of_a_release_that_carried_no_findings_can_be_settled_too(stage: Stage) -> None:
    lines = stage.comment.body.split("\n")
    stage.comment.body = "\n".join(line for line in lines if "ai-review:carried" not in line)
    known = Ledger(stage.pull.head_sha, 1, (replace(FOUND, comment_id=stage.comment.id),))
    memory_of(stage.redis).ledgers.keep(stage.pull.ref, known)
    assert await stage.settle(stage.comment.id) is not None
    carried = carried_finding(stage.comment.body)
    assert carried is not None
    assert carried.disposition == SAID


async def test_a_command_in_the_words_of_a_click_is_settled_for_good(stage: Stage) -> None:
    said = Disposition(Fate.DISMISSED, THUMBS_DOWN, "wanda")
    await stage.settle(stage.comment.id, said)
    again = await stage.settle(stage.comment.id)
    assert again is not None
    assert again.disposition == said


async def test_what_was_dismissed_by_hand_can_still_be_dismissed_in_words(stage: Stage) -> None:
    by_hand = replace(FOUND, disposition=Disposition(Fate.DISMISSED, THUMBS_DOWN, "wanda", by_hand=True))
    stage.comment.body = with_finding(stage.comment.body, by_hand)
    settled = await stage.settle(stage.comment.id)
    assert settled is not None
    assert settled.disposition == SAID
