"""The check run of a head commit: the one visible outcome of each review.

What is *not* here: which conclusion follows (bot.domain.review), and the words (bot.rendering).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from bot.domain.pull_request import PullRequest, PullRequestRef
from bot.domain.review import Conclusion
from bot.errors import AccessLost, GitHubUnavailable, Rejected
from bot.github.client import TRIES, GitHub, repo_path
from bot.github.creating import create, create_once
from bot.rendering.annotations import Annotation
from bot.rendering.check import CheckText

_log = logging.getLogger(__name__)

CHECK_NAME: Final = "ai-review"
_AT_ONCE: Final = 50
"""Annotations that GitHub takes in one request."""
_MOST_PAGES: Final = 10
"""Of a hundred standing annotations each."""


class App(msgspec.Struct):
    """Who made a check run."""

    id: int | None = None
    client_id: str | None = None

    def is_us(self, app_id: str | None) -> bool:
        """Whether this is our App; with a plain token it is not known which that would be."""
        return app_id is None or app_id in (str(self.id), self.client_id)


class Output(msgspec.Struct):
    """What a check run says."""

    title: str | None = None
    summary: str | None = None
    text: str | None = None


class CheckRun(msgspec.Struct):
    """A check run as GitHub tells of it; `conclusion` is None while it is in progress."""

    id: int
    external_id: str | None = None
    app: App | None = None
    output: Output | None = None
    status: str = ""
    conclusion: str | None = None

    def is_of(self, app_id: str | None) -> bool:
        """Made by this App."""
        return (self.app or App()).is_us(app_id)


class _Checks(msgspec.Struct):
    check_runs: list[CheckRun]


class _Annotation(msgspec.Struct):
    path: str
    start_line: int
    end_line: int
    annotation_level: str
    title: str | None
    message: str | None

    @classmethod
    def of(cls, one: Annotation) -> _Annotation:
        """As GitHub's API wants it."""
        return cls(one.path, one.start_line, one.end_line, one.level.value, one.title, one.message)

    @property
    def key(self) -> tuple[str, int, int, str, str]:
        """By which one is known again; GitHub may trim what it shows."""
        return (
            self.path,
            self.start_line,
            self.end_line,
            (self.title or "").strip(),
            (self.message or "").strip(),
        )


async def start_check(github: GitHub, pull: PullRequest, title: str, summary: str) -> int | None:
    """Create the check run of the head commit, in progress.

    Where it stays unknown whether GitHub created it, it is looked up before a second one is made.

    Returns:
        Its id, or None when we may not write checks: plain tokens, as a rule, may not.
    """
    body: dict[str, Any] = {
        "name": CHECK_NAME,
        "head_sha": pull.head_sha,
        "external_id": pull.ref.external_id,
        "status": "in_progress",
        "output": {"title": title, "summary": summary},
    }
    path = f"{repo_path(pull.ref.repo)}/check-runs"
    return await create_once(
        github, lambda: _create(github, path, body), lambda: find_check(github, pull.ref)
    )


async def _create(github: GitHub, path: str, body: dict[str, Any]) -> int | None:
    try:
        return (await create(github, path, body, CheckRun)).id
    except AccessLost as error:
        if are_not_for_us(error):
            return None
        raise


def are_not_for_us(error: AccessLost | Rejected) -> bool:
    """Whether a refusal means that there are no check runs for us; any other says nothing of them.

    That is where only they are closed to us, or GitHub knows no such commit. Where the installation is
    suspended everything is closed, and 401 and 404 may pass.
    """
    return isinstance(error, Rejected) or (error.status == 403 and "suspended" not in str(error))


async def find_check(github: GitHub, ref: PullRequestRef) -> int | None:
    """Our newest check run of this pull request's head, which `ref` names, or None.

    For a run that is not the first: an earlier one may have created it. Other Apps may use the same name.
    """
    return max((check.id for check in await _ours(github, ref)), default=None)


async def open_checks(github: GitHub, ref: PullRequestRef) -> tuple[int, ...]:
    """Our check runs of this pull request's head, which `ref` names, that are not completed."""
    return tuple(check.id for check in await _ours(github, ref) if check.status != "completed")


async def check_texts(github: GitHub, ref: PullRequestRef, sha: str) -> tuple[str, ...]:
    """The texts of our check runs of this pull request on a commit, newest first.

    Empty where there is no such commit any more, or check runs are not for us.

    Raises:
        GitHubError: they could not be read.
    """
    try:
        ours = await _ours(github, replace(ref, head_sha=sha))
    except (AccessLost, Rejected) as error:
        if error.status != 404 and not are_not_for_us(error):
            raise
        _log.info("The check runs of %s cannot be read: %s", sha, error)
        return ()
    newest = sorted(ours, key=lambda check: -check.id)
    return tuple(check.output.text for check in newest if check.output and check.output.text)


async def runs_on(github: GitHub, ref: PullRequestRef, page: int | None = None) -> list[CheckRun]:
    """The check runs of our name on the commit that `ref` names, of whichever App: a page of a hundred.

    Raises:
        GitHubError: they could not be read; see `are_not_for_us`.
    """
    path = f"{repo_path(ref.repo)}/commits/{ref.head_sha}/check-runs"
    query: dict[str, str | int] = {"check_name": CHECK_NAME, "filter": "all", "per_page": 100}
    return (await github.get(path, _Checks, query if page is None else {**query, "page": page})).check_runs


async def _ours(github: GitHub, ref: PullRequestRef) -> list[CheckRun]:
    runs = await runs_on(github, ref)
    return [one for one in runs if one.external_id == ref.external_id and one.is_of(github.app_id)]


async def finish_check(
    github: GitHub, repo: str, check_id: int, conclusion: Conclusion, words: CheckText
) -> None:
    """Complete a check run, its annotations before that. Said twice it says the same: a failure is repeated.

    Annotations that GitHub refuses are left out: the text of the check run says the same.
    """
    path = f"{repo_path(repo)}/check-runs/{check_id}"
    output = {"title": words.title, "summary": words.summary, **({"text": words.text} if words.text else {})}
    if words.annotations:
        try:
            await _annotate(github, path, output, words.annotations)
        except Rejected as error:
            _log.warning("The annotations of a check run were refused: %s", error)
    body = {"status": "completed", "conclusion": conclusion.value, "output": output}
    await github.patch(path, body, CheckRun)


async def _annotate(
    github: GitHub, path: str, output: Mapping[str, str], wanted: Sequence[Annotation]
) -> None:
    """Put annotations on a check run that lacks them.

    GitHub adds what is sent to what stands, so no request is repeated blindly: what stands is read first, and
    again where an answer was lost. So a run that is finished anew for the same commit doubles none either.
    """
    for attempt in range(1, TRIES + 1):
        missing = await _missing(github, path, wanted)
        try:
            for start in range(0, len(missing), _AT_ONCE):
                some = [msgspec.structs.asdict(one) for one in missing[start : start + _AT_ONCE]]
                await github.patch(path, {"output": {**output, "annotations": some}}, CheckRun, tries=1)
        except GitHubUnavailable:
            if attempt == TRIES:
                raise
            await github.settle()
        else:
            return


async def _missing(github: GitHub, path: str, wanted: Sequence[Annotation]) -> list[_Annotation]:
    standing: list[_Annotation] = []
    for page in range(1, _MOST_PAGES + 1):
        listed = await github.get(f"{path}/annotations", list[_Annotation], {"per_page": 100, "page": page})
        standing += listed
        if len(listed) < 100:
            break
    known = {one.key for one in standing}
    return [one for one in map(_Annotation.of, wanted) if one.key not in known]


async def reopen_check(github: GitHub, repo: str, check_id: int, title: str, summary: str) -> None:
    """Set a check run back to 'in progress': somebody asked again, or an earlier run did not finish it."""
    body = {"status": "in_progress", "output": {"title": title, "summary": summary}}
    await github.patch(f"{repo_path(repo)}/check-runs/{check_id}", body, CheckRun)
