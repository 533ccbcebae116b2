"""A refused review and a renamed repository, played against GitHub's rules and not against a script."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.domain.diff import Anchor, Side
from bot.domain.pull_request import PullRequestRef
from bot.errors import AccessLost, UserError
from bot.github.checks import start_check
from bot.github.client import GitHub, connect
from bot.github.contents import fetch_texts
from bot.github.publish import PROBE, PostedReview, ReviewComment, post_review, upsert_summary
from bot.github.pulls import fetch_diff, fetch_pull_request
from bot.github.standing import fetch_standing
from bot.github.tokens import Installation, load_app_key
from bot.sandbox.journal import Fault
from bot.sandbox.sandbox import EVENTS
from tests.support.sandbox import Scene, numbered, scene

API = "https://api.github.test"
MARK = "<!-- ai-review:review head=x -->"
FILE = "shop/orders.py"


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    """A pull request that changes the first 30 lines of a file of 60; the diff ends three lines further."""
    changes = {number: f"changed {number}" for number in range(1, 31)}
    stage = scene(tmp_path, base={FILE: numbered(60)}, head={FILE: numbered(60, changes)})
    stage.clock.now = time.time()  # the App signs with the time of day
    return stage


@pytest.fixture
async def github(stage: Scene) -> AsyncIterator[GitHub]:
    who = Installation(load_app_key(str(stage.app.id), stage.app.private_key), stage.installation.id)
    async with connect(who, API, transport=stage.sandbox.transport(), pause=no_pause) as github:
        yield github


async def no_pause(_: float) -> None:
    """Time is not what is tested here."""


def comments(lines: Sequence[int]) -> list[ReviewComment]:
    return [ReviewComment(Anchor(FILE, Side.RIGHT, line), f"About line {line}.") for line in lines]


async def post(github: GitHub, wanted: list[ReviewComment], repo: str = "acme/shop") -> PostedReview:
    pull = await fetch_pull_request(github, PullRequestRef(repo, 1))
    return await post_review(github, pull, f"Found.\n\n{MARK}", wanted, marker=MARK)


@pytest.mark.parametrize("place", [0, 7, 19])
async def test_one_comment_without_a_place_leaves_nineteen_in_one_visible_review(
    stage: Scene, github: GitHub, place: int
) -> None:
    stage.app.events = (*EVENTS, "pull_request_review_comment")
    wanted = comments(range(1, 20))
    (bad,) = comments([50])
    wanted.insert(place, bad)
    posted = await post(github, wanted)
    assert posted.rejected == (bad,)
    (review,) = stage.pull.reviews
    assert (review.id, review.state) == (posted.review_id, "COMMENTED")
    assert [one.place.line for one in stage.pull.review_comments] == list(range(1, 20))
    told = [one.action for one in stage.sandbox.deliveries if one.event == "pull_request_review_comment"]
    assert told == ["created"] * 19, "what was tried on the way is never announced"


async def test_a_probe_that_an_interrupted_search_left_does_not_stop_the_next(
    stage: Scene, github: GitHub
) -> None:
    async with stage.client() as client:
        left = {"body": PROBE, "comments": [{"path": FILE, "line": 3, "body": "Left."}]}
        await client.post(f"{stage.path}/pulls/1/reviews", json=left)
    posted = await post(github, comments([4, 50, 6]))
    assert [one.anchor.line for one in posted.rejected] == [50]
    assert [one.body for one in stage.pull.review_comments] == ["About line 4.", "About line 6."]
    assert [one.state for one in stage.pull.reviews] == ["COMMENTED"]


async def test_a_plain_token_leaves_the_draft_of_its_person_alone(stage: Scene) -> None:
    stage.sandbox.set_role(stage.repository, "eve", "write")
    token = stage.sandbox.user_token("eve")
    draft = {"comments": [{"path": FILE, "line": 3, "body": "Not ready yet."}]}
    async with stage.client(token) as client:
        await client.post(f"{stage.path}/pulls/1/reviews", json=draft)
    async with connect(token, API, transport=stage.sandbox.transport(), pause=no_pause) as person:
        with pytest.raises(UserError, match="submit or discard it"):
            await post(person, comments([4, 50, 6]))
    assert [one.body for one in stage.pull.review_comments] == ["Not ready yet."]
    assert [one.state for one in stage.pull.reviews] == ["PENDING"]


async def test_what_is_tried_carries_a_marker_until_it_is_taken_away(stage: Scene, github: GitHub) -> None:
    stage.sandbox.fail(Fault("DELETE", r"/reviews/\d+$", status=403))
    with pytest.raises(AccessLost):
        await post(github, comments([4, 5, 6, 50]))
    assert [(one.state, one.body) for one in stage.pull.reviews] == [("PENDING", PROBE)]
    posted = await post(github, comments([4, 5, 6, 50]))
    assert [one.id for one in stage.pull.reviews] == [posted.review_id]


async def test_the_file_of_an_inline_comment_comes_with_it(stage: Scene, github: GitHub) -> None:
    wanted = [ReviewComment(Anchor(FILE, Side.RIGHT, 4), f"Wrong. {MARK}")]
    await post(github, wanted)
    pull = PullRequestRef("acme/shop", 1)
    standing = await fetch_standing(github, pull)
    assert [(one.path, one.body) for one in standing.inline] == [(FILE, f"Wrong. {MARK}")]
    assert [one.path for one in standing.reviews] == [None]


async def test_a_lost_answer_to_the_taking_back_is_made_good(stage: Scene, github: GitHub) -> None:
    stage.sandbox.fail(Fault("DELETE", r"/reviews/\d+$", status=502, work_first=True))
    posted = await post(github, comments([4, 5, 6, 50]))
    assert [one.anchor.line for one in posted.rejected] == [50]
    assert len(stage.pull.reviews) == 1
    assert len(stage.pull.review_comments) == 3


async def test_a_review_goes_to_a_repository_that_was_renamed_before(stage: Scene, github: GitHub) -> None:
    stage.sandbox.rename(stage.repository, "store")
    pull = await fetch_pull_request(github, PullRequestRef("acme/shop", 1))
    assert pull.ref.repo == "acme/store"
    assert len((await fetch_diff(github, pull)).files) == 1


async def test_every_call_of_a_review_follows_a_repository_that_is_renamed_under_way(
    stage: Scene, github: GitHub
) -> None:
    pull = await fetch_pull_request(github, PullRequestRef("acme/shop", 1))
    stage.sandbox.rename(stage.repository, "store")
    diff = await fetch_diff(github, pull)
    texts = await fetch_texts(github, "acme/shop", pull.head_sha, [FILE])
    assert ([file.path for file in diff.files], list(texts.texts)) == ([FILE], [FILE])
    assert await start_check(github, pull, "Reading", "…") is not None
    (await fetch_standing(github, pull.ref)).require_head(pull.head_sha)
    posted = await post_review(github, pull, MARK, comments([4]), marker=MARK)
    await upsert_summary(github, pull, "Summary.", None, marker="Summary")
    assert [one.id for one in stage.pull.reviews] == [posted.review_id]
    assert [one.body for one in stage.pull.comments] == ["Summary."]
    followed = [call for call in stage.sandbox.calls if call.status in (301, 307)]
    assert {call.method for call in followed} == {"GET", "POST"}
