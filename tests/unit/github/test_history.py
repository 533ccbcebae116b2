from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from bot.domain.pull_request import PullRequestRef
from bot.errors import AccessLost
from bot.github.client import connect
from bot.github.history import MOST_PULLS, fetch_history
from bot.github.installations import find_installation
from bot.github.tokens import load_app_key
from tests.support.pull_requests import BASE, HEAD, a_pull_request
from tests.support.sandbox import Scene, private_key, scene
from tests.support.wire import Wire, reply

API = "https://api.github.test"
LIST = "GET /repos/acme/web/pulls"


def listed(**changes: Any) -> dict[str, Any]:
    repo = {"full_name": "acme/web"}
    return {
        "number": 7,
        "title": "Fix it",
        "state": "open",
        "user": {"login": "dev"},
        "base": {"ref": "main", "sha": BASE, "repo": repo},
        "head": {"ref": "fix", "sha": HEAD, "repo": repo},
        "html_url": "https://github.com/acme/web/pull/7",
        "labels": [{"name": "backend", "color": "ffffff"}],
        "body": "Because",
        **changes,
    }


async def history(wire: Wire, repo: str = "acme/web", most: int = 20) -> Any:
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        return await fetch_history(github, repo, most)


async def test_every_field_that_the_listing_has_is_read() -> None:
    wire = Wire().on(LIST, reply(200, [listed(), listed(number=5, state="closed", draft=True, user=None)]))
    one, other = await history(wire)
    assert one == a_pull_request(body="Because", labels=("backend",), changed_files=0)
    assert (other.ref.number, other.is_open, other.draft, other.author) == (5, False, True, "ghost")


async def test_a_repository_goes_by_its_present_name_and_a_deleted_fork_does_no_harm() -> None:
    moved = listed(base={"ref": "main", "sha": BASE, "repo": {"full_name": "acme/site"}})
    gone = listed(head={"ref": "fix", "sha": HEAD, "repo": None})
    one, other = await history(Wire().on(LIST, reply(200, [moved, gone])))
    assert [one.ref, other.ref] == [PullRequestRef(f"acme/{name}", 7, HEAD) for name in ("site", "web")]


async def test_no_more_are_taken_than_were_asked_for() -> None:
    wire = Wire().on(LIST, reply(200, [listed(number=number) for number in range(9, 0, -1)]))
    assert [one.ref.number for one in await history(wire, most=2)] == [9, 8]
    assert wire.requests[0].url.params["per_page"] == "2"
    wire = Wire().on(LIST, reply(200, []))
    await history(wire, most=MOST_PULLS * 3)
    assert wire.requests[0].url.params["per_page"] == str(MOST_PULLS)


async def test_a_name_that_is_none_is_not_asked_for() -> None:
    wire = Wire()
    with pytest.raises(AccessLost):
        await history(wire, repo="acme/../web")
    assert wire.requests == []


@pytest.fixture
def shop(tmp_path: Path) -> Scene:
    return scene(tmp_path)


async def test_open_and_closed_ones_come_with_the_last_changed_first(shop: Scene) -> None:
    for branch in ("second", "third"):
        shop.clock.now += 60
        shop.sandbox.commit(shop.repository, branch, {f"{branch}.py": "x = 1\n"})
        shop.sandbox.open_pull_request(shop.repository, branch, title=branch)
    shop.clock.now += 60
    shop.sandbox.close(shop.pull)
    token = shop.sandbox.installation_token(shop.installation)
    async with connect(token, "http://github.test", transport=shop.sandbox.transport()) as github:
        found = await fetch_history(github, "acme/shop", 20)
    assert [(pull.ref.number, pull.state) for pull in found] == [(1, "closed"), (3, "open"), (2, "open")]


@pytest.mark.parametrize("repo", ["acme/shop", "acme/other"])
async def test_an_app_finds_where_it_is_installed(shop: Scene, repo: str) -> None:
    shop.clock.now = time.time()  # what the App signs is dated
    key = load_app_key(str(shop.app.id), private_key())
    async with connect(key, "http://github.test", transport=shop.sandbox.transport()) as app:
        if repo == "acme/shop":
            assert await find_installation(app, repo) == shop.installation.id
        else:
            with pytest.raises(AccessLost):
                await find_installation(app, repo)
