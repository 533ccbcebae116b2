"""Processes of a whole installation die, or their connections; what people see is whole all the same, once.

Each case is brought about on a pull request of its own, then all of them wait together: a review that died
with its worker is begun anew after 15 seconds, and what GitHub was asked for may appear for 20.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from bot.sandbox.state import PullRequest
from tests.support.installed import HEAD, finding, own_comments
from tests.support.killing import Scene, proc_of, scene_in
from tests.support.late_writes import (
    answer_to_a_command,
    done_and_unheard,
    landed_late,
    never_done,
    review_stands_and_summary_does_not,
)
from tests.support.launching import children_of, is_alive
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.xdist_group("crashes"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and needs PDEATHSIG"),
]


def all_workers_are_killed_at_once(scene: Scene) -> PullRequest:
    pull = scene.asking("killed")
    scene.bot.finds(finding())
    old = scene.workers.all()
    for pid in old:
        with contextlib.suppress(ProcessLookupError):  # the death of one may have ended the next
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, old)), "nothing to be left over")
    scene.workers.start()
    return pull


def the_job_is_killed_while_the_model_is_asked(scene: Scene) -> PullRequest:
    pull = scene.asking("asking")
    scene.bot.finds(finding())
    scene.workers.kill_job()
    return pull


def workers_are_told_to_stop_and_give_the_review_back(scene: Scene) -> PullRequest:
    pull = scene.asking("stopped")
    scene.bot.finds(finding())
    old = scene.workers.all()
    for _ in range(2):
        os.kill(scene.workers.launcher, signal.SIGTERM)
        wait_until(lambda: sum(map(is_alive, old)) < len(old), "a process to end")
    wait_until(lambda: not any(map(is_alive, old)), "the workers to end")
    assert scene.is_queued(pull)
    scene.workers.start()
    return pull


def the_launcher_is_killed_and_what_it_left_finishes_the_review(scene: Scene) -> PullRequest:
    pull = scene.asking("orphaned", delay=1.0)
    old = scene.workers.all()
    os.kill(scene.workers.launcher, signal.SIGKILL)
    scene.is_whole(pull)
    wait_until(lambda: not any(map(is_alive, old)), "nothing to be left over")
    scene.workers.start()
    scene.bot.finds(finding())
    return pull


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("installed")) as one:
        yield one


def test_reviews_and_answers_are_whole_and_stand_once_whatever_died_in_their_middle(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    scene.bot.finds(finding())
    pulls = landed_late(scene)
    command = answer_to_a_command(scene)
    for strike in (
        never_done,
        done_and_unheard,
        review_stands_and_summary_does_not,
        all_workers_are_killed_at_once,
        the_job_is_killed_while_the_model_is_asked,
        workers_are_told_to_stop_and_give_the_review_back,
        the_launcher_is_killed_and_what_it_left_finishes_the_review,
    ):
        pulls[strike.__name__] = strike(scene)
    pulls["the review after all that"] = scene.bot.open(scene.bot.repository("next"))

    for case, pull in pulls.items():
        with subtests.test(case):
            scene.is_whole(pull)
    with subtests.test("a command that is killed while it answers"):
        [asked] = [one for one in command.comments if one.author.login == "acme"]
        assert scene.bot.sandbox.wait_until(lambda: len(asked.reactions) == 2)
        assert len(own_comments(command)) == 2
    for case in (
        "review",
        "broken-review",
        done_and_unheard.__name__,
        review_stands_and_summary_does_not.__name__,
    ):
        with subtests.test("no further run sends a review that GitHub has", case=case):
            sent = [call for call in scene.bot.calls(pulls[case].repository) if call.startswith("POST")]
            assert len([call for call in sent if call.endswith("/reviews")]) == 1
    with subtests.test("the log holds no code"):
        assert HEAD.encode() not in scene.bot.log.read_bytes()


def test_the_receiver_holds_no_key(scene: Scene) -> None:
    mark = f"AI_REVIEW_DATA_DIR={scene.workers.environment['AI_REVIEW_DATA_DIR']}".encode()
    [receiver] = [
        pid
        for pid in children_of(os.getpid())
        if mark in proc_of(pid, "environ") and proc_of(pid, "cmdline").endswith(b"\0serve\0")
    ]
    assert b"PRIVATE KEY" not in proc_of(receiver, "environ")
    assert b"AI_REVIEW_GITHUB_WEBHOOK_SECRET=" in proc_of(receiver, "environ")
