"""The issues that a pull request says it resolves: one request each, and none where it names none.

They tell what a change is for. Where one cannot be had, a review goes on without it and says so.
What is *not* here: which issues are named (bot.parsing.linked_issues), and issues of other repositories.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from bot.domain.pull_request import PullRequest
from bot.errors import GitHubError, RateLimited
from bot.github.client import GitHub, in_parallel, repo_path
from bot.parsing.linked_issues import linked_issues

BODY_LIMIT: Final = 4_000
"""Characters of an issue's text that are kept."""

_NO_SUCH_ISSUE: Final = (404, 410)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Issue:
    """What somebody asked for: untrusted."""

    number: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Issues:
    """What was read.

    Attributes:
        notice: one sentence for people where GitHub did not give some; else empty.
    """

    found: tuple[Issue, ...] = ()
    notice: str = ""


class _Issue(msgspec.Struct):
    number: int
    repository_url: str
    title: str
    body: str | None = None
    pull_request: dict[str, object] | None = None


async def fetch_issues(github: GitHub, pull: PullRequest) -> Issues:
    """The issues that the description links, in its order.

    What is no issue of this repository is left out. What GitHub does not give is named.

    Raises:
        RateLimited: GitHub wants a pause of everything.
    """
    page = pull.url.removesuffix(f"/pull/{pull.ref.number}")
    numbers = linked_issues(pull.body, pull.ref.repo, page if page != pull.url else "")
    wanted = [number for number in numbers if number != pull.ref.number]
    read = await in_parallel([partial(_fetch, github, pull.ref.repo, number) for number in wanted])
    missing = [number for number, issue in zip(wanted, read, strict=True) if isinstance(issue, str)]
    return Issues(tuple(issue for issue in read if isinstance(issue, Issue)), _notice(missing))


async def _fetch(github: GitHub, repo: str, number: int) -> Issue | str | None:
    """One issue, or why GitHub did not give it; None for what is no issue of this repository."""
    path = f"{repo_path(repo)}/issues/{number}"
    try:
        issue = await github.get(path, _Issue)
    except RateLimited:
        raise
    except GitHubError as error:
        _log.info("A linked issue could not be read: %s", error)
        return None if error.status in _NO_SUCH_ISSUE else str(error)
    if issue.pull_request is not None or issue.number != number:
        return None
    if not issue.repository_url.lower().endswith(f"/repos/{repo}".lower()):
        _log.info("%s leads to another repository and was left out", path)
        return None
    body = (issue.body or "").replace("\r\n", "\n").strip()
    return Issue(number, issue.title, body if len(body) <= BODY_LIMIT else f"{body[:BODY_LIMIT]}…")


def _notice(missing: Sequence[int]) -> str:
    if not missing:
        return ""
    names = " and ".join(f"#{number}" for number in missing)
    ask, what = ("asks", "that issue") if len(missing) == 1 else ("ask", "these issues")
    return f"What {names} {ask} for was not looked at: GitHub did not give {what}."
