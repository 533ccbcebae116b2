"""Processes of a whole installation die in the middle of a review; what people see is whole all the same."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from tests.support.installed import HEAD, finding
from tests.support.killing import Scene, proc_of, scene_in
from tests.support.launching import children_of, is_alive
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.xdist_group("crashes"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and needs PDEATHSIG"),
]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("installed")) as one:
        yield one


def test_the_job_is_killed_while_the_model_is_asked(scene: Scene) -> None:
    asked = scene.asked()
    _, pull = scene.open("asking")
    wait_until(asked, "the model to be asked")
    scene.bot.finds(finding())
    os.kill(scene.workers.job(), signal.SIGKILL)
    scene.is_whole(pull)


def test_workers_that_are_told_to_stop_give_the_review_back(scene: Scene) -> None:
    asked = scene.asked()
    _, pull = scene.open("stopped")
    wait_until(asked, "the model to be asked")
    scene.bot.finds(finding())
    old = scene.workers.all()
    for _ in range(2):
        os.kill(scene.workers.launcher, signal.SIGTERM)
        wait_until(lambda: sum(map(is_alive, old)) < len(old), "a process to end")
    wait_until(lambda: not any(map(is_alive, old)), "the workers to end")
    scene.workers.start()
    scene.is_whole(pull)


def test_the_launcher_is_killed_and_the_review_is_finished_by_what_it_left(scene: Scene) -> None:
    asked = scene.asked(delay=1.0)
    _, pull = scene.open("orphaned")
    wait_until(asked, "the model to be asked")
    old = scene.workers.all()
    os.kill(scene.workers.launcher, signal.SIGKILL)
    scene.is_whole(pull)
    wait_until(lambda: not any(map(is_alive, old)), "nothing to be left over")
    scene.workers.start()
    scene.bot.finds(finding())
    scene.is_whole(scene.open("orphaned-next")[1])


def test_all_workers_are_killed_at_once(scene: Scene) -> None:
    asked = scene.asked()
    _, pull = scene.open("killed")
    wait_until(asked, "the model to be asked")
    scene.bot.finds(finding())
    old = scene.workers.all()
    for pid in old:
        with contextlib.suppress(ProcessLookupError):  # the death of one may have ended the next
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, old)), "nothing to be left over")
    scene.workers.start()
    scene.is_whole(pull)


def test_the_receiver_holds_no_key(scene: Scene) -> None:
    mark = f"AI_REVIEW_DATA_DIR={scene.workers.environment['AI_REVIEW_DATA_DIR']}".encode()
    [receiver] = [
        pid
        for pid in children_of(os.getpid())
        if mark in proc_of(pid, "environ") and proc_of(pid, "cmdline").endswith(b"\0serve\0")
    ]
    assert b"PRIVATE KEY" not in proc_of(receiver, "environ")
    assert b"AI_REVIEW_GITHUB_WEBHOOK_SECRET=" in proc_of(receiver, "environ")
    assert HEAD.encode() not in scene.bot.log.read_bytes()
