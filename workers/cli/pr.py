"""`ai-review pr OWNER/REPO#N`: one review of a pull request with a token, without server or queue.

What is *not* here: the App's way (workers.running). Without `--post` nothing is written to GitHub.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.domain.policy import FailOn
from bot.domain.pull_request import PullRequest, PullRequestRef
from bot.domain.review import Outcome, Review, conclude
from bot.errors import AccessLost, GitHubError, UsageError, UserError
from bot.github.checks import find_check, reopen_check, start_check
from bot.github.client import GitHub
from bot.github.pulls import fetch_pull_request
from bot.rendering.check import check_in_progress
from bot.rendering.failures import failure_reason
from bot.settings import Settings
from workers.cli.choices import FailOnSeverity, OutputFormat
from workers.cli.common import exit_status, settings_with, show, start_logging
from workers.cli.reports import Reports, read_reports
from workers.composition import build_engine, code_of_pull, connect_with_token, is_static
from workers.posting import finish, post
from workers.reading_pulls import read_pull
from workers.review.pipeline import review_change

_NAME: Final = re.compile(r"(?:https?://[^/\s]+/)?([\w.-]+/[\w.-]+)(?:#|/pull/)(\d{1,9})", re.ASCII)


def run(
    pull: str,
    sarif: Sequence[Path],
    model: str | None,
    output_format: OutputFormat,
    fail_on: FailOnSeverity,
    *,
    post: bool,
) -> int:
    """Review, print, and return the exit status."""
    settings = settings_with(model=model)
    start_logging(settings)
    reports = read_reports(sarif)
    review = asyncio.run(_review(settings, _reference(pull), reports, to_post=post))
    show(review, output_format)
    return exit_status(review, fail_on)


def _reference(text: str) -> PullRequestRef:
    """`OWNER/REPO#N`, or the address of the pull request."""
    match = _NAME.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text} is no pull request: write OWNER/REPO#N.")
    return PullRequestRef(match[1], int(match[2]))


async def _review(settings: Settings, ref: PullRequestRef, reports: Reports, *, to_post: bool) -> Review:
    """The review; one that failed where GitHub could not be asked."""
    async with connect_with_token(settings) as github:
        try:
            pull = await fetch_pull_request(github, ref)
            review, fail_on = await _look(github, settings, pull, reports)
            return await _post(github, pull, review, fail_on) if to_post else review
        except GitHubError as error:
            sys.stderr.write(f"ai-review: {ref.external_id}: {error}\n")
            return Review(Outcome.FAILED, "", settings.model, reason=failure_reason(error))


async def _look(
    github: GitHub, settings: Settings, pull: PullRequest, reports: Reports
) -> tuple[Review, FailOn]:
    material = await read_pull(github, pull, static=is_static(settings))
    policy = material.in_force.policy
    said = (*material.reports, *reports.analysers)
    async with code_of_pull(settings, github, pull, material.texts) as code:
        engine = build_engine(settings, material.texts, reports=said, code=code)
        review = await review_change(material.change, policy, engine)
    notices = (*material.notices, *reports.notices, *review.notices)
    return replace(review, notices=notices), policy.fail_on


async def _post(github: GitHub, pull: PullRequest, review: Review, fail_on: FailOn) -> Review:
    check_id = await _open_check(github, pull)
    if check_id is None:
        notice = "This token may not write checks, so there is no check run."
        review = replace(review, notices=(*review.notices, notice))
    try:
        return await post(github, pull, review, fail_on, check_id=check_id)
    except (GitHubError, UserError) as error:
        if check_id is not None:  # nobody comes back for it
            failed = Review(Outcome.FAILED, pull.head_sha, review.reviewer, reason=failure_reason(error))
            with contextlib.suppress(GitHubError):
                await finish(github, pull, check_id, failed, conclude(failed, fail_on))
        raise


async def _open_check(github: GitHub, pull: PullRequest) -> int | None:
    """The check run, in progress; None where this token may not write it, as with one that an App made."""
    words = check_in_progress()
    try:
        check_id = await find_check(github, pull)
        if check_id is None:
            return await start_check(github, pull, words.title, words.summary)
        await reopen_check(github, pull.ref.repo, check_id, words.title, words.summary)
    except AccessLost as error:
        if error.status in (403, 404):
            return None
        raise
    return check_id
