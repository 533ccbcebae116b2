"""The check run of a head commit: the one visible outcome of each review.

What is *not* here: which conclusion follows (bot.domain.review), and the words (bot.rendering).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from bot.domain.pull_request import PullRequest
from bot.domain.review import Conclusion
from bot.errors import AccessLost, GitHubUnavailable
from bot.github.client import GitHub, repo_path

CHECK_NAME: Final = "ai-review"


class _App(msgspec.Struct):
    id: int | None = None
    client_id: str | None = None


class _Check(msgspec.Struct):
    id: int
    external_id: str | None = None
    app: _App | None = None

    def is_of(self, app_id: str | None) -> bool:
        """Made by this App; with a plain token it is not known which App that would be."""
        return app_id is None or (self.app is not None and app_id in (str(self.app.id), self.app.client_id))


class _Checks(msgspec.Struct):
    check_runs: list[_Check]


async def start_check(
    github: GitHub,
    pull: PullRequest,
    title: str,
    summary: str,
    *,
    name: str = CHECK_NAME,
    details_url: str | None = None,
) -> int | None:
    """Create the check run of the head commit, in progress.

    Where it stays unknown whether GitHub created it, it is looked up before a second one is made.

    Returns:
        Its id, or None when we may not write checks: plain tokens, as a rule, may not.
    """
    body: dict[str, Any] = {
        "name": name,
        "head_sha": pull.head_sha,
        "external_id": pull.ref.external_id,
        "status": "in_progress",
        "output": {"title": title, "summary": summary},
    }
    if details_url is not None:
        body["details_url"] = details_url
    path = f"{repo_path(pull.ref.repo)}/check-runs"
    try:
        return await _create(github, path, body)
    except GitHubUnavailable:
        await github.settle()
        found = await find_check(github, pull, name=name)
        return found if found is not None else await _create(github, path, body)


async def _create(github: GitHub, path: str, body: dict[str, Any]) -> int | None:
    try:
        return (await github.post(path, body, _Check)).id
    except AccessLost as error:
        if error.status == 403 and "suspended" not in str(error):
            return None
        raise


async def find_check(github: GitHub, pull: PullRequest, *, name: str = CHECK_NAME) -> int | None:
    """Our newest check run of this pull request's head, or None.

    For a run that is not the first: an earlier one may have created it. Other Apps may use the same name.
    """
    path = f"{repo_path(pull.ref.repo)}/commits/{pull.head_sha}/check-runs"
    listed = await github.get(path, _Checks, {"check_name": name, "filter": "all", "per_page": 100})
    ours = [
        check.id
        for check in listed.check_runs
        if check.external_id == pull.ref.external_id and check.is_of(github.app_id)
    ]
    return max(ours, default=None)


async def finish_check(
    github: GitHub,
    repo: str,
    check_id: int,
    conclusion: Conclusion,
    title: str,
    summary: str,
    text: str = "",
) -> None:
    """Complete a check run. Said twice it says the same, so a failure is repeated.

    `summary` is Markdown of at most 65,535 characters; so is `text`, which GitHub shows below it.
    """
    output = {"title": title, "summary": summary, **({"text": text} if text else {})}
    body = {"status": "completed", "conclusion": conclusion.value, "output": output}
    await github.patch(f"{repo_path(repo)}/check-runs/{check_id}", body, _Check)


async def reopen_check(github: GitHub, repo: str, check_id: int, title: str, summary: str) -> None:
    """Set a check run back to 'in progress': somebody asked again, or an earlier run did not finish it."""
    body = {"status": "in_progress", "output": {"title": title, "summary": summary}}
    await github.patch(f"{repo_path(repo)}/check-runs/{check_id}", body, _Check)
