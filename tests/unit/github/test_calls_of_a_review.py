"""The calls of a whole review against the sandbox: their number, their order, and what stands afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.domain.diff import Anchor, Side
from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Conclusion
from bot.errors import AccessLost, HeadMoved
from bot.github.checks import find_check, finish_check, start_check
from bot.github.client import connect
from bot.github.contents import fetch_texts
from bot.github.permissions import Reaction, may_command, react
from bot.github.publish import ReviewComment, post_review, upsert_summary
from bot.github.pulls import fetch_diff, fetch_pull_request
from bot.github.standing import fetch_standing, with_marker
from bot.github.tokens import Installation, load_app_key
from bot.rendering.check import CheckText
from bot.sandbox import state
from bot.sandbox.journal import Fault
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Limits

API = "https://api.github.test"
REVIEW = "<!-- ai-review:review head=x -->"
SUMMARY = "<!-- ai-review:summary head=x -->"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> str:
    return Sandbox(tmp_path_factory.mktemp("key")).create_app().private_key


@dataclass
class Scene:
    sandbox: Sandbox
    repository: state.Repository
    pull: state.PullRequest
    who: Installation

    @property
    def ref(self) -> PullRequestRef:
        return PullRequestRef("acme/shop", self.pull.number)

    def api_calls(self) -> list[str]:
        """Method and last part of the path, without minting."""
        calls = [(call.method, call.path.split("?")[0]) for call in self.sandbox.calls]
        return [f"{method} {path.rsplit('/', 1)[1]}" for method, path in calls if "access_tokens" not in path]


@pytest.fixture
def scene_of(tmp_path: Path, key: str) -> Callable[..., Scene]:
    def build(files: int, limits: Limits | None = None) -> Scene:
        sandbox = Sandbox(tmp_path, limits=limits)
        app = sandbox.create_app(private_key=key)
        before = {f"src/f{number}.py": "a = 1\nb = 2\nc = 3\n" for number in range(files)}
        repository = sandbox.create_repository(
            "acme/shop", {**before, ".github/ai-review.yml": "enabled: true\n"}
        )
        installation = sandbox.install(app, repository)
        sandbox.commit(repository, "fix", dict.fromkeys(before, "a = 1\nb = 5\nd = 4\nc = 3\n"))
        pull = sandbox.open_pull_request(repository, "fix")
        who = Installation(load_app_key(str(app.id), key), installation.id)
        return Scene(sandbox, repository, pull, who)

    return build


async def review(scene: Scene) -> int:
    """What a first review asks of GitHub; returns the counted calls."""
    async with connect(scene.who, API, transport=scene.sandbox.transport()) as github:
        pull = await fetch_pull_request(github, scene.ref)
        diff = await fetch_diff(github, pull)
        paths = [file.path for file in diff.files]
        policy = (pull.base_sha, ".github/ai-review.yml")
        texts = await fetch_texts(
            github, pull.ref.repo, pull.head_sha, paths, policy=policy, organisation=policy[1]
        )
        assert texts.policy == "enabled: true\n"
        assert set(texts.texts.values()) == {"a = 1\nb = 5\nd = 4\nc = 3\n"}
        check = await start_check(github, pull, "Reading", "…")
        assert check is not None
        standing = await fetch_standing(github, pull.ref)
        standing.require_head(pull.head_sha)
        assert (standing.reviews, standing.comments) == ((), ())
        comments = [ReviewComment(Anchor(path, Side.RIGHT, 3, 2), "Wrong.") for path in paths]
        posted = await post_review(github, pull, f"Found.\n\n{REVIEW}", comments, marker=REVIEW)
        assert posted.rejected == ()
        await upsert_summary(github, pull, f"Summary.\n\n{SUMMARY}", None, marker=SUMMARY)
        await finish_check(github, pull.ref.repo, check, Conclusion.NEUTRAL, CheckText("Done", "Summary."))
        return github.calls


async def test_a_first_review_of_six_files_takes_eight_calls_in_this_order(
    scene_of: Callable[..., Scene],
) -> None:
    scene = scene_of(6)
    assert await review(scene) == 8
    assert scene.api_calls() == [
        "GET 1", "GET 1", "POST graphql", "POST check-runs", "POST graphql",
        "POST reviews", "POST comments", f"PATCH {scene.repository.checks[0].id}",
    ]  # fmt: skip
    assert len(scene.pull.reviews) == 1
    assert len(scene.pull.review_comments) == 6
    assert [comment.body for comment in scene.pull.comments] == [f"Summary.\n\n{SUMMARY}"]


async def test_sixty_files_take_no_more_calls(scene_of: Callable[..., Scene]) -> None:
    assert await review(scene_of(60)) == 8


@pytest.mark.parametrize("answer", [{"status": 502}, {"hang_up": True}])
async def test_a_review_whose_answer_is_lost_stands_once(
    scene_of: Callable[..., Scene], answer: dict[str, Any]
) -> None:
    scene = scene_of(2)
    scene.sandbox.fail(Fault("POST", "/reviews$", work_first=True, **answer))
    async with connect(scene.who, API, transport=scene.sandbox.transport(), pause=no_pause) as github:
        pull = await fetch_pull_request(github, scene.ref)
        comments = [ReviewComment(Anchor("src/f0.py", Side.RIGHT, 2), "Wrong.")]
        posted = await post_review(github, pull, REVIEW, comments, marker=REVIEW)
    assert [made.id for made in scene.pull.reviews] == [posted.review_id]


async def test_a_force_push_before_posting_is_noticed_in_both_places(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of(1)
    async with connect(scene.who, API, transport=scene.sandbox.transport()) as github:
        pull = await fetch_pull_request(github, scene.ref)
        scene.sandbox.commit(scene.repository, "fix", {"src/f0.py": "z = 1\n"}, start="main")
        with pytest.raises(HeadMoved):
            (await fetch_standing(github, pull.ref)).require_head(pull.head_sha)
        with pytest.raises(HeadMoved):
            await post_review(github, pull, REVIEW, [], marker=REVIEW)
    assert scene.pull.reviews == []


async def test_a_token_that_ends_in_mid_job_is_minted_again(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of(1)
    async with connect(scene.who, API, transport=scene.sandbox.transport()) as github:
        await fetch_pull_request(github, scene.ref)
        scene.sandbox.expire_tokens()
        pull = await fetch_pull_request(github, scene.ref)
        assert await start_check(github, pull, "Reading", "…") is not None
    assert sum("access_tokens" in call.path for call in scene.sandbox.calls) == 2


async def test_a_suspended_installation_is_lost_access(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of(1)
    scene.sandbox.suspend(scene.sandbox.state.installations[scene.who.installation_id])
    async with connect(scene.who, API, transport=scene.sandbox.transport()) as github:
        with pytest.raises(AccessLost):
            await fetch_pull_request(github, scene.ref)


async def test_a_plain_token_reviews_without_a_check_run(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of(1)
    scene.sandbox.set_role(scene.repository, "eve", "write")
    async with connect(scene.sandbox.user_token("eve"), API, transport=scene.sandbox.transport()) as github:
        pull = await fetch_pull_request(github, scene.ref)
        assert await start_check(github, pull, "Reading", "…") is None
        assert (await post_review(github, pull, REVIEW, [], marker=REVIEW)).review_id is not None
        assert with_marker((await fetch_standing(github, pull.ref)).reviews, REVIEW)


async def test_the_check_run_and_summary_of_an_earlier_run_are_found(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of(1)
    async with connect(scene.who, API, transport=scene.sandbox.transport()) as github:
        pull = await fetch_pull_request(github, scene.ref)
        check = await start_check(github, pull, "Reading", "…")
        assert await find_check(github, pull.ref) == check
        summary = await upsert_summary(github, pull, SUMMARY, None, marker=SUMMARY)
        scene.sandbox.comment(scene.pull, SUMMARY, author="mallory")
        found = with_marker((await fetch_standing(github, pull.ref)).comments, SUMMARY)
        assert found is not None
        assert found.id == summary
        assert await upsert_summary(github, pull, f"New. {SUMMARY}", summary, marker=SUMMARY) == summary
    assert [comment.body for comment in scene.pull.comments] == [f"New. {SUMMARY}", SUMMARY]


async def test_one_file_too_many_gives_the_same_files_by_listing(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of(4, Limits(diff_files=3, patch_lines=3))
    scene.sandbox.commit(scene.repository, "fix", {"src/f3.py": "1\n2\n3\n4\n"})
    async with connect(scene.who, API, transport=scene.sandbox.transport()) as github:
        diff = await fetch_diff(github, await fetch_pull_request(github, scene.ref))
    assert [file.path for file in diff.files] == [f"src/f{number}.py" for number in range(4)]
    assert [bool(file.unread) for file in diff.files] == [False, False, False, True]
    assert diff.missing == 0


@pytest.mark.parametrize(("role", "allowed"), [("write", True), ("triage", False), ("none", False)])
async def test_the_role_decides_who_may_command(
    scene_of: Callable[..., Scene], role: str, allowed: bool
) -> None:
    scene = scene_of(1)
    scene.sandbox.set_role(scene.repository, "eve", role)
    comment = scene.sandbox.comment(scene.pull, "/ai-review", author="eve")
    async with connect(scene.who, API, transport=scene.sandbox.transport()) as github:
        assert await may_command(github, "acme/shop", "eve") is allowed
        assert await react(github, "acme/shop", comment.id, Reaction.SEEN)
    assert [reaction.content for reaction in comment.reactions] == ["eyes"]


async def no_pause(_: float) -> None:
    """Tests do not wait."""
