"""What the doctor says of the App: its key, permissions, events, installations and deliveries."""

from __future__ import annotations

import os
import re

import pytest

from bot.sandbox.auth import new_private_key
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Delivery
from tests.support.commands import Terminal
from tests.support.doctor import lines, set_app

_NOT_OF_THE_APP = (
    "MEND GitHub does not accept the App's key: AI_REVIEW_GITHUB_APP_ID and AI_REVIEW_GITHUB_PRIVATE_KEY must"
    " belong to the same App, and the clock of this machine must be right"
)


def test_an_id_that_is_of_no_app_is_named(shell: Terminal, github: Sandbox) -> None:
    set_app(shell, github)
    shell.set(github_app_id="424242")
    done = shell.run("doctor")
    assert lines(done.out)["GitHub App"] == _NOT_OF_THE_APP
    assert done.status == 1


def test_a_key_of_another_app_is_named(shell: Terminal, github: Sandbox) -> None:
    set_app(shell, github)
    shell.set(github_private_key=new_private_key())
    assert lines(shell.run("doctor").out)["GitHub App"] == _NOT_OF_THE_APP


def test_an_address_without_an_api_of_github_is_named(shell: Terminal, github: Sandbox) -> None:
    set_app(shell, github)
    shell.set(github_api_url=f"{os.environ['AI_REVIEW_GITHUB_API_URL']}/api")
    said = lines(shell.run("doctor").out)["GitHub App"]
    assert said.startswith("MEND GET /app: 404")
    assert "no API of GitHub answers there; check AI_REVIEW_GITHUB_API_URL" in said


def test_an_app_without_a_permission_is_named_with_what_it_lacks(shell: Terminal, github: Sandbox) -> None:
    set_app(shell, github, {"contents": "read", "metadata": "read", "pull_requests": "read"})
    said = lines(shell.run("doctor").out)["GitHub App"]
    lacking, _, how = said.partition(": ")
    assert lacking.startswith("MEND The App ai-review lacks permissions (")
    assert set(re.findall(r"\w+", lacking.partition("(")[2])) == {"checks", "issues", "pull_requests"}
    assert "deploy/github-app-manifest.json" in how


def test_an_app_that_is_not_told_of_what_happens_is_named_with_the_events(
    shell: Terminal, github: Sandbox
) -> None:
    set_app(shell, github, events=["push", "pull_request"])
    said = lines(shell.run("doctor").out)["GitHub App"]
    assert said.startswith(
        "MEND The App ai-review lacks events (issue_comment, pull_request_review_comment,"
        " pull_request_review_thread): "
    )


def test_an_app_that_is_installed_nowhere_is_named(shell: Terminal, github: Sandbox) -> None:
    set_app(shell, github, installed=False)
    said = lines(shell.run("doctor").out)["installations"]
    assert said == "MEND The App is installed nowhere: install it on the repositories to review"


def test_an_owner_who_has_not_accepted_a_permission_is_named(shell: Terminal, github: Sandbox) -> None:
    behind = set_app(shell, github)
    assert behind is not None
    del behind.permissions["checks"]
    said = lines(shell.run("doctor").out)["installations"]
    assert said.startswith("MEND acme did not accept every permission of the App yet: ")


def test_who_suspended_the_app_is_told_and_is_to_mend_where_nobody_else_is_left(
    shell: Terminal, github: Sandbox
) -> None:
    one = set_app(shell, github)
    assert one is not None
    github.suspend(github.install(one.app, github.create_repository("umbrella/shop")))
    said = lines(shell.run("doctor").out)["installations"]
    assert said == "ok 1, with every permission; suspended by umbrella"
    github.suspend(one)
    said = lines(shell.run("doctor").out)["installations"]
    assert said == "MEND The App works nowhere; suspended by acme, umbrella: only they can end that"


@pytest.mark.parametrize(
    ("codes", "event", "words", "end"),
    [
        ([502, 202], "push", "ok {last} was accepted, ", "1 of the last 2"),
        ([202, 502], "push", "MEND {last} was answered with 502; 1 of the last 2 failed: mend", "receiver"),
        ([0], "check_run", "MEND {last} got no answer; 1 of the last 1 failed: mend", "sweep` at once"),
        ([401], "issue_comment", "AI_REVIEW_GITHUB_WEBHOOK_SECRET is not the secret on", "Advanced"),
        ([413], "pull_request", "larger than the proxy in front of the receiver takes", "Advanced"),
        ([503], "pull_request", "/readyz says what it lacks", "sweep` at once"),
    ],
)  # fmt: skip
def test_what_github_could_not_deliver_is_named_and_how_it_comes_again(
    shell: Terminal, github: Sandbox, codes: list[int], event: str, words: str, end: str
) -> None:
    installation = set_app(shell, github)
    assert installation is not None
    for number, code in enumerate(codes):
        github.state.deliveries.append(
            Delivery(
                number, "g", installation.app, event, None, b"{}", None, None,
                created_at=1_800_000_000.0, status_code=code, is_done=True,
            )
        )  # fmt: skip
    said = lines(shell.run("doctor").out)["deliveries"]
    assert words.format(last=f"the last one ({event}, 2027-01-15 08:00 UTC)") in said
    assert said.endswith(end)
