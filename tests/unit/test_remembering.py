"""The ledger from comments and check runs, for when Redis has none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.domain.diff import Anchor, Side
from bot.domain.finding import Disposition, Fate, MarkedFinding
from bot.domain.ledger import Ledger
from bot.domain.pull_request import PullRequest
from bot.domain.review import Review
from bot.github.checks import start_check
from bot.github.client import GitHub, connect
from bot.github.pulls import fetch_pull_request
from bot.github.standing import fetch_standing
from bot.rendering.carried import carried_ledger
from bot.sandbox.journal import Fault
from tests.support.installation import Scene, scene_in
from tests.support.reviews import LOST_GUARD, completed, marked, skipped
from workers.posting import NoCheck, Terms, post
from workers.remembering import MOST_HEADS, ledger_on_github

NOWHERE = replace(marked(LOST_GUARD, Fate.UNANCHORED), fingerprint="b" * 16, anchor=None)
INLINE = replace(marked(LOST_GUARD, fingerprint="a" * 16), anchor=Anchor(LOST_GUARD.path, Side.RIGHT, 42))
QUIET = Terms(summary=False)


@dataclass
class Desk:
    """A pull request, and what reviews of it leave."""

    scene: Scene
    github: GitHub

    async def pull(self) -> PullRequest:
        return await fetch_pull_request(self.github, self.scene.ref)

    async def posted(self, review: Review, terms: Terms = QUIET) -> Ledger:
        """Post a review of the present head; returns the ledger after it."""
        pull = await self.pull()
        check_id = await start_check(self.github, pull, "Reading", "…") or NoCheck.NOT_OURS
        seen = replace(review, head_sha=pull.head_sha, hunks=("aa-bb",))
        done = await post(self.github, pull, seen, terms, check_id=check_id, is_alone=lambda: True)
        return done.ledger

    async def found(self, *, summary: bool = False) -> Ledger:
        """What is found of it later."""
        standing = await fetch_standing(self.github, self.scene.ref)
        return await ledger_on_github(self.github, await self.pull(), standing, summary=summary)

    def reads_of_checks(self) -> int:
        calls = self.scene.sandbox.calls
        return sum(call.method == "GET" and "/commits/" in call.path for call in calls)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    scene = scene_in(tmp_path)
    transport = scene.sandbox.transport()
    async with connect(scene.credentials, "https://github.test", transport=transport) as github:
        yield Desk(scene, github)


async def test_without_a_summary_the_check_run_carries_the_ledger(desk: Desk) -> None:
    ledger = await desk.posted(completed(NOWHERE))
    assert (desk.scene.pull.comments, desk.scene.pull.reviews) == ([], [])
    assert await desk.found() == ledger
    [check] = desk.scene.repository.checks
    assert carried_ledger(str(check.text)) == ledger


async def test_it_is_found_after_pushes_too(desk: Desk) -> None:
    ledger = await desk.posted(completed(NOWHERE))
    for _ in range(MOST_HEADS - 1):
        desk.scene.push()
    assert await desk.found() == ledger


async def test_a_review_that_was_posted_names_its_commit_however_long_ago_that_was(desk: Desk) -> None:
    ledger = await desk.posted(completed(NOWHERE, INLINE))
    for _ in range(MOST_HEADS + 1):
        desk.scene.push()
    assert await desk.found() == ledger


async def test_the_search_is_bounded_and_ends_with_what_comments_say(desk: Desk) -> None:
    for _ in range(MOST_HEADS + 3):
        desk.scene.push()
    assert await desk.found() == Ledger()
    assert desk.reads_of_checks() == MOST_HEADS


async def test_a_later_review_without_a_look_passes_the_ledger_on(desk: Desk) -> None:
    ledger = await desk.posted(completed(NOWHERE))
    desk.scene.push()
    await desk.posted(skipped(), replace(QUIET, before=ledger))
    assert desk.scene.repository.checks[-1].head_sha == desk.scene.pull.head_sha
    assert carried_ledger(str(desk.scene.repository.checks[-1].text)) == ledger


async def test_where_the_summary_tells_all_no_check_run_is_read_nor_filled(desk: Desk) -> None:
    ledger = await desk.posted(completed(NOWHERE), Terms())
    assert await desk.found(summary=True) == ledger
    assert desk.reads_of_checks() == 0
    assert "ai-review:carried" not in str(desk.scene.repository.checks[0].text)


async def test_what_the_summary_has_no_room_for_is_joined_with_it(desk: Desk) -> None:
    many = [replace(large(number), anchor=None) for number in range(14)]
    ledger = await desk.posted(completed(*many), Terms())
    parts = (desk.scene.pull.comments[0].body, str(desk.scene.repository.checks[0].text))
    assert all(0 < len(one.findings) < 14 for part in parts if (one := carried_ledger(part)))
    found = await desk.found(summary=True)
    assert {one.fingerprint for one in found.open} == {one.fingerprint for one in ledger.open}
    assert (found.hunks, found.round, found.parted) == (ledger.hunks, ledger.round, False)
    assert desk.reads_of_checks() == 1


def large(number: int) -> MarkedFinding:
    """A finding that no packing makes small."""
    noise = "".join(chr(0x4E00 + (number * 977 + one * 7919) % 20_000) for one in range(700))
    found = marked(replace(LOST_GUARD, claim=noise), Fate.UNANCHORED, fingerprint=f"{number:016x}")
    return replace(found, disposition=Disposition(Fate.UNANCHORED))


async def test_an_old_summary_does_not_hide_what_a_check_run_has_carried_since(desk: Desk) -> None:
    old = await desk.posted(completed(), Terms())
    ledger = await desk.posted(completed(NOWHERE), replace(QUIET, before=old))
    assert ledger.round == old.round + 1
    assert await desk.found() == ledger


async def test_check_runs_that_are_not_for_us_are_no_obstacle(desk: Desk) -> None:
    await desk.posted(completed(NOWHERE))
    desk.scene.sandbox.fail(Fault("GET", "/check-runs", status=403, body={"message": "Not for you"}))
    assert await desk.found() == Ledger()
