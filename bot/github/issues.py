"""The issues that a pull request says it resolves: one request each, and none where it names none.

They tell what a change is for. Where one cannot be had, a review goes on without it.
What is *not* here: which issues are named (bot.parsing.linked_issues), and issues of other repositories.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from bot.domain.pull_request import PullRequest
from bot.errors import GitHubError
from bot.github.client import GitHub, in_parallel, repo_path
from bot.parsing.linked_issues import linked_issues

BODY_LIMIT: Final = 4_000
"""Characters of an issue's text that are kept."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Issue:
    """What somebody asked for: untrusted."""

    number: int
    title: str
    body: str


class _Issue(msgspec.Struct):
    number: int
    repository_url: str
    title: str
    body: str | None = None
    pull_request: dict[str, object] | None = None


async def fetch_issues(github: GitHub, pull: PullRequest) -> tuple[Issue, ...]:
    """The issues that the description links, in its order. Whatever goes wrong with one leaves it out."""
    page = pull.url.removesuffix(f"/pull/{pull.ref.number}")
    numbers = linked_issues(pull.body, pull.ref.repo, page if page != pull.url else "")
    wanted = [number for number in numbers if number != pull.ref.number]
    found = await in_parallel([partial(_fetch, github, pull.ref.repo, number) for number in wanted])
    return tuple(issue for issue in found if issue is not None)


async def _fetch(github: GitHub, repo: str, number: int) -> Issue | None:
    """One issue; None for a pull request, and for an issue that has moved to another repository."""
    path = f"{repo_path(repo)}/issues/{number}"
    try:
        issue = await github.get(path, _Issue)
    except GitHubError as error:
        _log.info("A linked issue could not be read: %s", error)
        return None
    if issue.pull_request is not None or issue.number != number:
        return None
    if not issue.repository_url.lower().endswith(f"/repos/{repo}".lower()):
        _log.info("%s leads to another repository and was left out", path)
        return None
    body = (issue.body or "").replace("\r\n", "\n").strip()
    return Issue(number, issue.title, body if len(body) <= BODY_LIMIT else f"{body[:BODY_LIMIT]}…")
