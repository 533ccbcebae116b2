from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.errors import AccessLost, GitHubUnavailable
from bot.github.client import connect
from bot.github.deliveries import deliver_again, deliveries_since, newest_deliveries
from bot.github.tokens import load_app_key
from tests.support.sandbox import Scene, private_key, scene
from tests.support.wire import Wire, reply

API = "https://api.github.test"
LIST = "GET /app/hook/deliveries"
NOON = 1_800_000_000.0


def attempt(number: int, at: str = "2027-01-15T08:00:00Z", **more: Any) -> dict[str, Any]:
    listed = {"id": number, "guid": f"g-{number}", "delivered_at": at, "status_code": 503, "status": "x"}
    return (
        listed | {"event": "pull_request", "action": None, "redelivery": False, "throttled_at": None} | more
    )


def page(*attempts: dict[str, Any], cursor: str | None = None) -> httpx.Response:
    link = f'<{API}/app/hook/deliveries?per_page=100&cursor={cursor}>; rel="next"'
    return reply(200, list(attempts), **({"link": link} if cursor else {}))


async def since(wire: Wire, moment: float, pages: int = 30) -> Any:
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as app:
        return await deliveries_since(app, moment, pages)


async def test_pages_are_followed_by_their_cursor_to_the_last_one() -> None:
    wire = Wire().on(LIST, page(attempt(9), attempt(8), cursor="v1_8"), page(attempt(7)))
    listing = await since(wire, NOON)
    assert [one.id for one in listing.attempts] == [9, 8, 7]
    assert listing.is_whole
    assert [dict(request.url.params) for request in wire.requests] == [
        {"per_page": "100"},
        {"per_page": "100", "cursor": "v1_8"},
    ]


async def test_nothing_older_than_wanted_is_taken_or_asked_for() -> None:
    old = attempt(7, "2027-01-15T07:59:59Z")
    wire = Wire().on(LIST, page(attempt(8), old, cursor="v1_7"))
    listing = await since(wire, NOON)
    assert ([one.id for one in listing.attempts], listing.is_whole) == ([8], True)
    assert len(wire.requests) == 1


async def test_a_listing_without_end_is_cut_and_says_so() -> None:
    wire = Wire().on(LIST, page(attempt(8), cursor="v1_8"))
    listing = await since(wire, NOON, pages=3)
    assert (len(listing.attempts), listing.is_whole) == (3, False)


async def test_a_link_that_leads_elsewhere_leads_nowhere() -> None:
    link = '<https://evil.test/x?cursor=v1_1>; rel="next"'
    wire = Wire().on(LIST, reply(200, [attempt(8)], link=link), page())
    await since(wire, NOON)
    assert {request.url.host for request in wire.requests} == {"api.github.test"}


async def test_a_repetition_that_was_not_acknowledged_is_not_sent_twice() -> None:
    wire = Wire().on(LIST, page(attempt(8))).on("POST /app/hook/deliveries/8/attempts", reply(502))
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as app:
        [one] = await newest_deliveries(app, 30)
        with pytest.raises(GitHubUnavailable):
            await deliver_again(app, one)
    assert len(wire.requests) == 2


@pytest.fixture
def shop(tmp_path: Path) -> Scene:
    return scene(tmp_path)


async def test_the_app_has_its_own_delivery_repeated_with_the_same_id(shop: Scene) -> None:
    shop.clock.now = time.time()  # what the App signs is dated
    first = shop.sandbox.deliveries[-1]
    first.is_done, first.status_code = True, 503
    key = load_app_key(str(shop.app.id), private_key())
    async with connect(key, "http://github.test", transport=shop.sandbox.transport()) as app:
        [listed] = (await deliveries_since(app, 0.0)).attempts
        assert (listed.guid, listed.was_taken, listed.at) == (first.guid, False, int(first.created_at))
        await deliver_again(app, listed)
        again = shop.sandbox.deliveries[-1]
        assert (again.guid, again.redelivery, again.id == first.id) == (first.guid, True, False)
        shop.sandbox.deliveries.clear()
        with pytest.raises(AccessLost):
            await deliver_again(app, listed)
