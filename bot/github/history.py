"""Pull requests of the past, in one request.

What is *not* here: what we have posted on them (standing.py), and all facts of one (pulls.py).
"""

from __future__ import annotations

from typing import Final

import msgspec

from bot.domain.pull_request import PullRequest, PullRequestRef
from bot.github.client import GitHub, repo_path

MOST_PULLS: Final = 100
"""GitHub's longest page."""


class _Repo(msgspec.Struct):
    full_name: str


class _Branch(msgspec.Struct):
    ref: str
    sha: str
    repo: _Repo | None = None


class _Named(msgspec.Struct):
    name: str = ""
    login: str = ""


class _Pull(msgspec.Struct):
    number: int
    title: str
    state: str
    base: _Branch
    head: _Branch
    html_url: str
    user: _Named | None = None
    draft: bool = False
    labels: list[_Named] = []


async def fetch_history(github: GitHub, repo: str, most: int) -> tuple[PullRequest, ...]:
    """The pull requests that changed last, open and closed ones, newest first; at most `MOST_PULLS`.

    The listing tells neither how many files they change nor, here, what their descriptions say.

    Raises:
        GitHubError: GitHub could not be asked.
    """
    asked: dict[str, str | int] = {"state": "all", "sort": "updated", "direction": "desc"}
    asked["per_page"] = min(most, MOST_PULLS)
    listed = await github.get(f"{repo_path(repo)}/pulls", list[_Pull], asked)
    return tuple(_pull_request(repo, pull) for pull in listed[:most])


def _pull_request(repo: str, pull: _Pull) -> PullRequest:
    name = pull.base.repo.full_name if pull.base.repo else repo
    return PullRequest(
        ref=PullRequestRef(name, pull.number, pull.head.sha),
        title=pull.title,
        body="",
        author=pull.user.login if pull.user else "ghost",
        state=pull.state,
        draft=pull.draft,
        base_ref=pull.base.ref,
        base_sha=pull.base.sha,
        head_ref=pull.head.ref,
        head_sha=pull.head.sha,
        head_repo=pull.head.repo.full_name if pull.head.repo else None,
        changed_files=0,
        url=pull.html_url,
        labels=tuple(label.name for label in pull.labels),
    )
