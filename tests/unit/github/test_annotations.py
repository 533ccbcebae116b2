"""Annotations of a check run, against GitHub's rules: added to what stands, fifty in one request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.review import Conclusion
from bot.github.checks import finish_check, reopen_check, start_check
from bot.github.client import GitHub, connect
from bot.github.pulls import fetch_pull_request
from bot.rendering.annotations import MOST, Annotation, Level
from bot.rendering.check import CheckText
from bot.sandbox.journal import Fault
from tests.support.installation import Scene, scene_in

PATH = r"/check-runs/\d+$"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return scene_in(tmp_path)


@pytest.fixture
async def github(scene: Scene) -> AsyncIterator[GitHub]:
    transport = scene.sandbox.transport()
    async with connect(scene.credentials, "https://github.test", transport=transport, pause=no_pause) as one:
        yield one


async def no_pause(_: float) -> None:
    """Time is not what is tested here."""


def words(number: int) -> CheckText:
    remarks = tuple(
        Annotation("shop/orders.py", line, line + 1, Level.WARNING, f"Medium {line}", f" About {line}.\n")
        for line in range(1, number + 1)
    )
    return CheckText("Done", "Summary", "Text", remarks)


async def started(github: GitHub, scene: Scene) -> int:
    check_id = await start_check(github, await fetch_pull_request(github, scene.ref), "Reading", "…")
    assert check_id is not None
    return check_id


async def finished(github: GitHub, scene: Scene, said: CheckText) -> None:
    """Start and complete the check run."""
    check_id = await started(github, scene)
    await finish_check(github, "acme/shop", check_id, Conclusion.NEUTRAL, said)


def lines(scene: Scene) -> list[int]:
    """First lines of the annotations that stand, in order."""
    [run] = scene.repository.checks
    return [one.start_line for one in run.annotations]


@pytest.mark.parametrize(("number", "writes"), [(0, 1), (1, 2), (50, 2), (51, 3), (MOST, 5)])
async def test_annotations_stand_before_the_check_run_is_completed(
    github: GitHub, scene: Scene, number: int, writes: int
) -> None:
    await finished(github, scene, words(number))
    assert lines(scene) == list(range(1, number + 1))
    assert scene.check() == ("completed", "neutral", "Done")
    assert len([call for call in scene.written() if call.startswith("PATCH")]) == writes


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("which", [0, 1, 2])
async def test_a_lost_answer_doubles_no_annotation(
    github: GitHub, scene: Scene, which: int, heard: bool
) -> None:
    trouble = Fault("PATCH", PATH, let_through=which, status=502, body={}, work_first=not heard)
    scene.sandbox.fail(trouble)
    await finished(github, scene, words(120))
    assert trouble.seen > which
    assert sorted(lines(scene)) == list(range(1, 121))
    assert scene.check()[:2] == ("completed", "neutral")


async def test_a_run_that_is_finished_anew_gets_only_what_is_new(github: GitHub, scene: Scene) -> None:
    check_id = await started(github, scene)
    await finish_check(github, "acme/shop", check_id, Conclusion.NEUTRAL, words(101))
    await reopen_check(github, "acme/shop", check_id, "Reading", "…")
    await finish_check(github, "acme/shop", check_id, Conclusion.SUCCESS, words(103))
    assert lines(scene) == list(range(1, 104))
    assert scene.check()[:2] == ("completed", "success")


async def test_annotations_that_github_refuses_do_not_keep_a_check_run_open(
    github: GitHub, scene: Scene
) -> None:
    scene.sandbox.fail(Fault("PATCH", PATH, status=422, body={"message": "Invalid request."}))
    await finished(github, scene, words(2))
    assert lines(scene) == []
    assert scene.check()[:2] == ("completed", "neutral")
