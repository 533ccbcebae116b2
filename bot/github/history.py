"""Pull requests of the past, in one request.

What is *not* here: what we have posted on them (standing.py), and all facts of one (pulls.py).
"""

from __future__ import annotations

from typing import Final

from bot.domain.pull_request import PullRequest, PullRequestRef
from bot.github.client import GitHub, repo_path
from bot.github.pulls import ListedPull, pull_request_of

MOST_PULLS: Final = 100
"""GitHub's longest page."""


async def fetch_history(github: GitHub, repo: str, most: int) -> tuple[PullRequest, ...]:
    """The pull requests that changed last, open and closed ones, newest first; at most `MOST_PULLS`.

    The listing does not tell how many files they change.

    Raises:
        GitHubError: GitHub could not be asked.
    """
    asked: dict[str, str | int] = {"state": "all", "sort": "updated", "direction": "desc"}
    asked["per_page"] = min(most, MOST_PULLS)
    listed = await github.get(f"{repo_path(repo)}/pulls", list[ListedPull], asked)
    return tuple(pull_request_of(pull, PullRequestRef(repo, pull.number)) for pull in listed[:most])
