"""`ai-review pr OWNER/REPO#N`: one review of a pull request with a token, without server or queue.

What is *not* here: the App's way (workers.running). Without `--post` nothing is written to GitHub.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from bot.domain.in_force import PolicyInForce
from bot.domain.policy import Policy
from bot.domain.pull_request import PullRequest, PullRequestRef, Trigger
from bot.domain.review import Outcome, Review, conclude
from bot.errors import AccessLost, GitHubError, UsageError, UserError
from bot.github.checks import find_check, reopen_check, start_check
from bot.github.client import GitHub
from bot.github.git import git_origin
from bot.github.permissions import may_command
from bot.github.pulls import fetch_pull_request
from bot.github.standing import fetch_standing
from bot.rendering.check import check_in_progress
from bot.rendering.failures import failure_reason
from bot.settings import Settings
from workers.cli.choices import FailOnSeverity, OutputFormat
from workers.cli.common import (
    EXIT_FINDINGS,
    EXIT_UNPOSTED,
    exit_status,
    fail_on_of,
    settings_with,
    show,
    start_logging,
)
from workers.cli.on_github import trouble_words, unposted_words
from workers.cli.pull_names import PullName
from workers.cli.reports import Reports, read_reports
from workers.composition import build_engine, may_ask_models
from workers.connecting import code_of_pull, connect_with_token
from workers.operator_limits import limited, model_of
from workers.posting import NoCheck, Terms, finish, post
from workers.reading_intent import with_intent
from workers.reading_pulls import ReadPull, read_pull
from workers.recalling import Recalled, of_this_head, recall, still_open
from workers.remembering import ledger_on_github
from workers.review.pipeline import review_change
from workers.wanted import why_not


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of it; `is_posted` is false where it should be on GitHub and is not."""

    review: Review
    in_force: PolicyInForce
    is_posted: bool = True


def run(
    pull: PullName,
    sarif: Sequence[Path],
    model: str | None,
    output_format: OutputFormat,
    fail_on: FailOnSeverity | None,
    *,
    post: bool,
) -> int:
    """Review, print, and return the exit status."""
    settings = settings_with(model=model)
    start_logging(settings)
    reports = read_reports(sarif)
    done = asyncio.run(_review(settings, _reference(pull, settings), reports, to_post=post))
    show(done.review, output_format)
    status = exit_status(done.review, fail_on_of(fail_on, done.in_force))
    return EXIT_UNPOSTED if status != EXIT_FINDINGS and not done.is_posted else status


def _reference(name: PullName, settings: Settings) -> PullRequestRef:
    """The pull request on the GitHub that the settings lead to."""
    host, ours = name.host, git_origin(httpx.URL(settings.github_api_url)).netloc.decode("ascii")
    if host is not None and host.lower().removeprefix("www.") != ours:
        raise UsageError(f"{name.text} is on {host}, and AI_REVIEW_GITHUB_API_URL leads to {ours}.")
    return PullRequestRef(name.repo, name.number)


async def _review(settings: Settings, ref: PullRequestRef, reports: Reports, *, to_post: bool) -> _Done:
    """The review and its policy; one that failed where GitHub could not be asked."""
    in_force = PolicyInForce()
    async with connect_with_token(settings) as github:
        try:
            pull = await fetch_pull_request(github, ref)
            if to_post and not pull.is_open:
                raise UsageError(f"{ref.external_id} is closed: nothing is posted there. Leave out --post.")
            material = await read_pull(github, pull, static=not may_ask_models(settings))
            in_force = limited(material.in_force, settings)
            material = replace(material, in_force=in_force)
            review, terms = await _look(github, settings, pull, material, reports, to_post=to_post)
        except GitHubError as error:
            sys.stderr.write(f"ai-review: {ref.external_id}: {error}\n")
            name, reason = model_of(settings, in_force.policy), trouble_words(error, settings)
            return _Done(Review(Outcome.FAILED, "", name, reason=reason), in_force)
        if not to_post:
            return _Done(review, in_force)
        try:
            return _Done(await _post(github, pull, review, terms), in_force)
        except (GitHubError, UserError) as error:  # it is paid for, and says what it says
            sys.stderr.write(f"ai-review: {ref.external_id}: {error}\n")
            notice = f"This review could not be posted: {unposted_words(error, settings)}."
            return _Done(replace(review, notices=(*review.notices, notice)), in_force, is_posted=False)


async def _look(
    github: GitHub,
    settings: Settings,
    pull: PullRequest,
    material: ReadPull,
    reports: Reports,
    *,
    to_post: bool,
) -> tuple[Review, Terms]:
    """Look at what changed since the review that stands; at everything where nothing will be posted."""
    policy, problems = material.in_force.policy, material.in_force.problems
    recalled = await _recall(github, pull, policy)
    terms = Terms(policy.fail_on, policy.summary, recalled.ledger)
    if skip := why_not(pull, pull.labels, policy, Trigger.COMMAND):
        stood = still_open(recalled.ledger) if policy.enabled else ()
        name = model_of(settings, policy)
        skipped = Review(Outcome.SKIPPED, pull.head_sha, name, stood, reason=skip.reason, skipped_by=skip.by)
        return replace(skipped, notices=material.notices, problems=problems), terms
    material, told = await with_intent(github, pull, material, settings)
    earlier = recalled.earlier(everything=not to_post or recalled.ledger.head_sha == pull.head_sha)
    said = (*material.reports, *reports.analysers)
    async with code_of_pull(settings, github, pull, material.texts, policy) as code:
        engine = build_engine(settings, material.texts, reports=said, code=code, policy=policy)
        review = await review_change(material.change, policy, engine, earlier)
    notices = (*material.notices, *told, *recalled.notices, *reports.notices, *review.notices)
    review = of_this_head(replace(review, notices=notices, problems=problems), recalled.ledger)
    return review, terms


async def _recall(github: GitHub, pull: PullRequest, policy: Policy) -> Recalled:
    """From our own comments alone: there is no Redis here."""

    async def may_settle(login: str) -> bool | None:
        return await may_command(github, pull.ref.repo, login, policy.permission)

    standing = await fetch_standing(github, pull.ref)
    kept = await ledger_on_github(github, pull, standing, summary=policy.summary)
    return await recall(kept, standing, may_settle)


async def _post(github: GitHub, pull: PullRequest, review: Review, terms: Terms) -> Review:
    check_id = await _open_check(github, pull)
    try:
        return (await post(github, pull, review, terms, check_id=check_id)).review
    except (GitHubError, UserError) as error:
        if not isinstance(check_id, NoCheck):  # nobody comes back for it
            reason, stood = failure_reason(error), still_open(terms.before)
            failed = Review(Outcome.FAILED, pull.head_sha, review.reviewer, stood, reason=reason)
            with contextlib.suppress(GitHubError):
                hidden = terms.in_check(terms.before)
                await finish(github, pull, check_id, failed, conclude(failed, terms.fail_on), hidden)
        raise


async def _open_check(github: GitHub, pull: PullRequest) -> int | NoCheck:
    """The check run, in progress, unless this token may not write any, as a person's, as a rule."""
    words = check_in_progress()
    try:
        check_id = await find_check(github, pull.ref)
        if check_id is not None:
            await reopen_check(github, pull.ref.repo, check_id, words.title, words.summary)
            return check_id
    except AccessLost as error:  # not for this token to see, or another App's: its own it may still write
        if error.status not in (403, 404):
            raise
    try:
        return await start_check(github, pull, words.title, words.summary) or NoCheck.NOT_OURS
    except AccessLost as error:
        if error.status != 404:
            raise
    return NoCheck.NOT_OURS
