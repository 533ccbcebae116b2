"""Requests for tests."""

from __future__ import annotations

from bot.domain.pull_request import PullRequestRef, Trigger
from bot.domain.request import Command, CommandName, CommandRequest, ReviewRequest


def review_request(
    delivery: str = "d-1",
    *,
    head: str | None = "a" * 40,
    number: int = 7,
    repo: str = "octo/shop",
    trigger: Trigger = Trigger.SYNCHRONIZE,
) -> ReviewRequest:
    return ReviewRequest(PullRequestRef(repo, number, head), 42, trigger, delivery)


def command_request(delivery: str = "c-1", *, name: CommandName = CommandName.HELP) -> CommandRequest:
    return CommandRequest(PullRequestRef("octo/shop", 7), 42, 991, "mona", Command(name), delivery)
