"""The answers must fit the strict models of the client library that the bot uses."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from githubkit import AppAuthStrategy, AppInstallationAuthStrategy, GitHub
from githubkit.cache import MemCacheStrategy
from githubkit.exception import RequestFailed

from tests.support.sandbox import Scene, scene


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    """The clock runs truly here: the library signs its JWT with the time of day."""
    stage = scene(tmp_path)
    stage.clock.now = time.time()
    return stage


def installation_auth(stage: Scene) -> AppInstallationAuthStrategy:
    return AppInstallationAuthStrategy(stage.app.id, stage.app.private_key, stage.installation.id)


async def test_an_apps_own_answers_parse(stage: Scene) -> None:
    auth = AppAuthStrategy(stage.app.id, stage.app.private_key)
    async with GitHub(auth, async_transport=stage.sandbox.transport()) as github:
        me = (await github.rest.apps.async_get_authenticated()).parsed_data
        (installation,) = (await github.rest.apps.async_list_installations()).parsed_data
        there = (await github.rest.apps.async_get_repo_installation("acme", "shop")).parsed_data
        await github.rest.apps.async_list_webhook_deliveries()
    assert me is not None
    assert me.slug == "ai-review"
    assert installation.id == there.id == stage.installation.id


async def test_answers_to_an_installation_parse(stage: Scene) -> None:
    auth = installation_auth(stage)
    base = "http://github.test/api/v3"
    async with GitHub(
        auth, base_url=base, async_transport=stage.sandbox.transport(), cache_strategy=MemCacheStrategy()
    ) as github:
        pulls, checks, issues = github.rest.pulls, github.rest.checks, github.rest.issues
        at = ("acme", "shop")
        pull = (await pulls.async_get(*at, 1)).parsed_data
        files = (await pulls.async_list_files(*at, 1)).parsed_data
        review = (
            await pulls.async_create_review(
                *at,
                1,
                event="COMMENT",
                body="b",
                comments=[{"path": "shop/orders.py", "line": 5, "body": "c"}],
            )
        ).parsed_data
        (inline,) = (await pulls.async_list_review_comments(*at, 1)).parsed_data
        run = (await checks.async_create(*at, name="ai-review", head_sha=pull.head.sha)).parsed_data
        runs = (await checks.async_list_for_ref(*at, pull.head.sha)).parsed_data
        comment = (await issues.async_create_comment(*at, 1, body="b")).parsed_data
        reacted = (
            await github.rest.reactions.async_create_for_issue_comment(*at, comment.id, content="eyes")
        ).parsed_data
        repository = (await github.rest.repos.async_get(*at)).parsed_data
        content = (await github.rest.repos.async_get_content(*at, "shop/orders.py")).parsed_data
        rate = (await github.rest.rate_limit.async_get()).parsed_data
        listed = (await pulls.async_list(*at)).parsed_data
        reviews = (await pulls.async_list_reviews(*at, 1)).parsed_data
    assert (pull.changed_files, len(files)) == (5, 5)
    assert review.id == inline.pull_request_review_id == reviews[0].id
    assert (inline.line, inline.path) == (5, "shop/orders.py")
    assert runs.check_runs[0].id == run.id
    assert (reacted.content, repository.full_name) == ("eyes", "acme/shop")
    assert not isinstance(content, list)
    assert (rate.resources.core.limit, len(listed)) == (5_000, 1)


async def test_a_refusal_reaches_the_library_as_one(stage: Scene) -> None:
    auth = installation_auth(stage)
    async with GitHub(
        auth, async_transport=stage.sandbox.transport(), cache_strategy=MemCacheStrategy()
    ) as github:
        with pytest.raises(RequestFailed) as caught:
            await github.rest.pulls.async_create_review("acme", "shop", 1, event="COMMENT")
    assert caught.value.response.status_code == 422
