"""Several pull requests with one commit: GitHub keeps one result of a check for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Conclusion
from bot.errors import AccessLost, GitHubUnavailable
from bot.github.client import GitHub, connect
from bot.github.siblings import MOST_ASKED, assert_own, complete_check
from bot.rendering.check import CheckText
from bot.rendering.shared_check import Borrowed, borrow
from tests.support.pull_requests import BASE, HEAD
from tests.support.wire import Wire, reply

API = "https://api.github.test"
LIST = f"GET /repos/acme/web/commits/{HEAD}/check-runs"
REF = PullRequestRef("acme/web", 7, HEAD)
OWN = CheckText("No problems found in 1 file", "Everything in scope was read.", "Details")
NEUTRAL, SUCCESS, FAILURE = Conclusion.NEUTRAL, Conclusion.SUCCESS, Conclusion.FAILURE


def run(check_id: int, number: int, conclusion: str | None, **more: Any) -> dict[str, Any]:
    """A check run of ours, for a pull request."""
    return {
        "id": check_id,
        "external_id": f"acme/web#{number}",
        "app": {"id": 41, "client_id": "Iv41"},
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "output": {"title": "1 finding: high severity", "summary": "Red.", "text": "Hidden"},
    } | more


def borrowed_from(number: int, *, waits: bool = False) -> CheckText:
    own = CheckText("Skipped: draft", "Not reviewed.", "Hidden")
    return borrow(Borrowed(number, waits, NEUTRAL, own))


def output_of(words: CheckText) -> dict[str, str]:
    return {"title": words.title, "summary": words.summary, "text": words.text}


def listing(*runs: dict[str, Any], total: int | None = None) -> httpx.Response:
    return reply(200, {"total_count": len(runs) if total is None else total, "check_runs": list(runs)})


def pull(number: int, state: str = "open", head: str = HEAD) -> httpx.Response:
    body = {
        "number": number,
        "title": "t",
        "state": state,
        "base": {"ref": "main", "sha": BASE, "repo": {"full_name": "acme/web"}},
        "head": {"ref": "x", "sha": head},
        "html_url": "u",
        "changed_files": 1,
    }
    return reply(200, body)


def wired(*lists: httpx.Response, pulls: Sequence[tuple[int, httpx.Response]] = ()) -> Wire:
    wire = Wire().on(LIST, *lists)
    for number, answer in pulls:
        wire.on(f"GET /repos/acme/web/pulls/{number}", answer)
    for check_id in range(1, 20):
        wire.on(f"PATCH /repos/acme/web/check-runs/{check_id}", reply(200, {"id": check_id}))
    return wire


async def completed(wire: Wire, conclusion: Conclusion = SUCCESS, *, alone: bool = False) -> None:
    """Complete run 5 of #7."""
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        ours = GitHub(github._kit, github._transport, "41")
        await complete_check(ours, REF, 5, conclusion, OWN, alone=alone)


def ends(wire: Wire, check_id: int) -> list[tuple[str, str]]:
    bodies = wire.bodies(f"PATCH /repos/acme/web/check-runs/{check_id}")
    return [(body["conclusion"], body["output"]["title"]) for body in bodies]


async def test_who_is_known_to_be_alone_costs_no_call() -> None:
    wire = wired()
    await completed(wire, alone=True)
    assert wire.sent() == ["PATCH /repos/acme/web/check-runs/5"]


async def test_a_run_without_others_beside_it_ends_as_it_is_after_one_look() -> None:
    foreign = [run(8, 1, "failure", app={"id": 99}), run(9, 1, "failure", external_id="job-1")]
    wire = wired(listing(run(5, 7, None), *foreign))
    await completed(wire)
    assert (ends(wire, 5), len(wire.sent())) == ([("success", OWN.title)], 2)


@pytest.mark.parametrize("conclusion", [SUCCESS, NEUTRAL])
async def test_no_run_ends_milder_than_that_of_an_open_pull_request_with_the_same_commit(
    conclusion: Conclusion,
) -> None:
    wire = wired(listing(run(5, 7, None), run(3, 1, "failure")), pulls=[(1, pull(1))])
    await completed(wire, conclusion)
    assert ends(wire, 5) == [("failure", "#1 with the same commit is red")]
    [body] = wire.bodies("PATCH /repos/acme/web/check-runs/5")
    assert OWN.title in body["output"]["summary"]
    assert OWN.summary in body["output"]["summary"]
    assert body["output"]["text"] == OWN.text


@pytest.mark.parametrize("other", [pull(1, "closed"), pull(1, head=BASE), reply(404, {"message": "no"})])
async def test_one_that_is_closed_or_has_another_head_by_now_counts_for_nothing(
    other: httpx.Response,
) -> None:
    wire = wired(listing(run(5, 7, None), run(3, 1, "failure")), pulls=[(1, other)])
    await completed(wire)
    assert ends(wire, 5) == [("success", OWN.title)]


async def test_of_each_pull_request_its_newest_run_counts() -> None:
    wire = wired(listing(run(4, 1, "success"), run(3, 1, "failure"), run(2, 7, "failure"), run(5, 7, None)))
    await completed(wire)
    assert ends(wire, 5) == [("success", OWN.title)]


async def test_a_red_that_is_another_ones_counts_for_nothing() -> None:
    borrowed = run(6, 2, "failure", output=output_of(borrowed_from(7)))
    wire = wired(listing(run(5, 7, None), borrowed))
    await completed(wire)
    assert ends(wire, 5) == [("success", OWN.title)]
    assert ends(wire, 6) == [("neutral", "Skipped: draft")]
    [body] = wire.bodies("PATCH /repos/acme/web/check-runs/6")
    assert body["output"] == {"title": "Skipped: draft", "summary": "Not reviewed.", "text": "Hidden"}


async def test_what_another_one_still_keeps_red_stays_so_for_its_sake() -> None:
    borrowed = run(6, 2, "failure", output=output_of(borrowed_from(7)))
    wire = wired(listing(run(5, 7, None), borrowed, run(4, 9, "failure")), pulls=[(9, pull(9))])
    await completed(wire)
    assert ends(wire, 5) == [("failure", "#9 with the same commit is red")]
    assert ends(wire, 6) == [("failure", "#9 with the same commit is red")]


async def test_while_another_one_has_no_outcome_there_is_no_milder_one_and_then_there_is() -> None:
    wire = wired(listing(run(5, 7, None), run(3, 1, None)), pulls=[(1, pull(1))])
    await completed(wire)
    assert ends(wire, 5) == [("failure", "#1 with the same commit is still under review")]
    waiting = run(6, 2, "failure", output=output_of(borrowed_from(7, waits=True)))
    red = wired(listing(run(5, 7, None), waiting))
    await completed(red, FAILURE)
    assert ends(red, 6) == [("failure", "#7 with the same commit is red")]
    green = wired(listing(run(5, 7, None), waiting))
    await completed(green)
    assert ends(green, 6) == [("neutral", "Skipped: draft")]


async def test_a_red_one_is_put_over_milder_ones_that_are_newer() -> None:
    others = [run(6, 2, "neutral"), run(8, 3, "success"), run(3, 4, "success"), run(9, 6, None)]
    wire = wired(listing(run(5, 7, None), *others))
    await completed(wire, FAILURE)
    assert ends(wire, 5) == [("failure", OWN.title)]
    for check_id in (6, 8):
        assert ends(wire, check_id) == [("failure", "#7 with the same commit is red")]
        [body] = wire.bodies(f"PATCH /repos/acme/web/check-runs/{check_id}")
        assert body["output"]["text"] == "Hidden"
    assert ends(wire, 3) == ends(wire, 9) == []


async def test_what_turned_red_in_the_meantime_is_seen_after_all() -> None:
    before, after = (
        listing(run(5, 7, None), run(6, 1, "success")),
        listing(run(5, 7, "success"), run(6, 1, "failure")),
    )
    wire = wired(before, after, pulls=[(1, pull(1))])
    await completed(wire)
    assert ends(wire, 5) == [("success", OWN.title), ("failure", "#1 with the same commit is red")]


async def test_of_very_many_red_ones_the_rest_counts_as_open() -> None:
    red = [run(20 + number, 10 + number, "failure") for number in range(MOST_ASKED + 1)]
    closed = [(10 + number, pull(10 + number, "closed")) for number in range(MOST_ASKED)]
    wire = wired(listing(run(5, 7, None), *red), pulls=closed)
    await completed(wire)
    assert ends(wire, 5) == [("failure", f"#{10 + MOST_ASKED} with the same commit is red")]


async def test_runs_beyond_a_page_are_looked_at_too() -> None:
    many = [run(1000 + number, 7, "success") for number in range(100)]
    wire = wired(listing(*many, total=101), listing(run(3, 1, "failure"), total=101), pulls=[(1, pull(1))])
    await completed(wire)
    assert ends(wire, 5)[0][0] == "failure"
    assert [request.url.params["page"] for request in wire.requests[:2]] == ["1", "2"]


async def test_a_github_that_does_not_say_lets_nothing_end_green() -> None:
    wire = wired(reply(502))
    with pytest.raises(GitHubUnavailable):
        await completed(wire)
    assert ends(wire, 5) == []


@pytest.mark.parametrize("place", [LIST, "GET /repos/acme/web/pulls/1"])
@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "Bad credentials"),
        (403, "This installation has been suspended"),
        (451, "Repository access blocked"),
    ],
)
async def test_a_refusal_that_says_nothing_of_others_lets_nothing_end_green_either(
    place: str, status: int, message: str
) -> None:
    refused = reply(status, {"message": message})
    wire = wired(*[] if place == LIST else [listing(run(5, 7, None), run(3, 1, "failure"))])
    with pytest.raises(AccessLost):
        await completed(wire.on(place, refused))
    assert ends(wire, 5) == []


async def test_a_commit_that_github_does_not_show_yet_lets_nothing_end_green_either() -> None:
    wire = wired(reply(404, {"message": "Not Found"}))
    with pytest.raises(AccessLost):
        await completed(wire)
    assert ends(wire, 5) == []


@pytest.mark.parametrize(
    ("status", "message"),
    [(403, "Resource not accessible by personal access token"), (422, "No commit found for SHA")],
)
async def test_who_may_not_see_check_runs_completes_its_own(status: int, message: str) -> None:
    wire = wired(reply(status, {"message": message}))
    await completed(wire)
    assert ends(wire, 5) == [("success", OWN.title)]


@pytest.mark.parametrize(
    ("own", "words"), [("failure", OWN), ("success", OWN), ("failure", borrowed_from(1))]
)
async def test_a_head_that_is_come_back_to_has_its_own_red_over_newer_ones(
    own: str, words: CheckText
) -> None:
    ours = run(5, 7, own, output=output_of(words))
    wire = wired(listing(ours, run(6, 2, "neutral")))
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        await assert_own(GitHub(github._kit, github._transport, "41"), REF)
    is_own_red = own == "failure" and words is OWN
    assert [end[0] for end in ends(wire, 6)] == (["failure"] if is_own_red else [])
    assert len(wire.sent()) == 1 + is_own_red
