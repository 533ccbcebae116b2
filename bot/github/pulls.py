"""A pull request and its diff, as GitHub knows them now.

The diff comes in one request while GitHub gives it in one; else file by file, which names the files that it
gives no text for. What no listing returns is counted, never forgotten. A listing says the same of a file that
was only renamed and of one that git calls binary and that was changed as well: the base's tree tells them
apart.

What is *not* here: reading diff text (bot.parsing.diffs), texts of files (contents.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

import msgspec

from bot.domain.diff import Diff, FileDiff, FileStatus
from bot.domain.pull_request import PullRequest, PullRequestRef
from bot.errors import AccessLost, DiffError, TooLarge
from bot.github.client import GitHub, in_parallel, repo_path
from bot.github.contents import fetch_blobs
from bot.github.timestamps import posix_time
from bot.parsing.diffs import parse_diff, parse_patch

PAGE: Final = 100
MOST_LISTED: Final = 3000
"""Files that GitHub lists of one pull request at most."""

_DIFF_TYPE = "application/vnd.github.diff"
_PERHAPS_UNCHANGED: Final = frozenset({FileStatus.RENAMED, FileStatus.COPIED, FileStatus.MODE_CHANGED})


class _User(msgspec.Struct):
    login: str


class _Repo(msgspec.Struct):
    full_name: str


class _Branch(msgspec.Struct):
    ref: str
    sha: str
    repo: _Repo | None = None


class _Label(msgspec.Struct):
    name: str


class ListedPull(msgspec.Struct, kw_only=True):
    """A pull request as GitHub lists it: how many files it changes is told of a single one only."""

    number: int = 0
    title: str
    state: str
    base: _Branch
    head: _Branch
    html_url: str
    updated_at: str = ""
    body: str | None = None
    user: _User | None = None
    draft: bool = False
    labels: list[_Label] = []
    comments: int = 0
    review_comments: int = 0


class _Pull(ListedPull, kw_only=True):
    changed_files: int


class _File(msgspec.Struct):
    filename: str
    status: str
    changes: int = 0
    sha: str | None = None
    patch: str | None = None
    previous_filename: str | None = None


async def fetch_pull_request(github: GitHub, ref: PullRequestRef) -> PullRequest:
    """The pull request. Its own `ref` has the repository's present name and the present head.

    Raises:
        AccessLost: it is gone, or we may not see it.
    """
    pull = await github.get(f"{repo_path(ref.repo)}/pulls/{ref.number}", _Pull)
    return pull_request_of(pull, ref, pull.changed_files)


def pull_request_of(pull: ListedPull, asked: PullRequestRef, changed_files: int = 0) -> PullRequest:
    """The noun for GitHub's answer about a pull request that was asked for by this name."""
    name = pull.base.repo.full_name if pull.base.repo else asked.repo
    return PullRequest(
        ref=PullRequestRef(name, asked.number, pull.head.sha),
        title=pull.title,
        body=pull.body or "",
        author=pull.user.login if pull.user else "ghost",
        state=pull.state,
        draft=pull.draft,
        base_ref=pull.base.ref,
        base_sha=pull.base.sha,
        head_sha=pull.head.sha,
        changed_files=changed_files,
        url=pull.html_url,
        labels=tuple(label.name for label in pull.labels),
        comments=pull.comments + pull.review_comments,
        updated_at=posix_time(pull.updated_at),
    )


async def fetch_diff(github: GitHub, pull: PullRequest) -> Diff:
    """What the pull request changes. `missing` counts the files that GitHub counts and did not give.

    It is the diff of the head at this moment: whoever posts reads the head again before.
    """
    path = f"{repo_path(pull.ref.repo)}/pulls/{pull.ref.number}"
    try:
        diff = parse_diff(await github.get_raw(path, _DIFF_TYPE))
    except (TooLarge, DiffError):
        diff = Diff(await _list_files(github, pull))
    return replace(diff, missing=max(diff.missing, pull.changed_files - len(diff.files), 0))


async def _list_files(github: GitHub, pull: PullRequest) -> tuple[FileDiff, ...]:
    """The changed files one by one, as far as GitHub lists them."""
    path = f"{repo_path(pull.ref.repo)}/pulls/{pull.ref.number}/files"
    pages = -(-min(max(pull.changed_files, 1), MOST_LISTED) // PAGE)

    async def page(number: int) -> list[_File]:
        return await github.get(path, list[_File], {"per_page": PAGE, "page": number})

    listed = await in_parallel([partial(page, number) for number in range(1, pages + 1)])
    files = {file.filename: file for files in listed for file in files}  # a page may shift under a push
    diffs = [_file_diff(file) for file in files.values()]
    if not any(map(_may_be_unchanged, diffs)):
        return tuple(diffs)
    try:
        at_base = await fetch_blobs(github, pull.ref.repo, pull.base_sha)
    except (TooLarge, AccessLost):  # of no listing: then nothing is known to be unchanged
        at_base = {}
    pairs = zip(diffs, files.values(), strict=True)
    return tuple(_told_apart(diff, file.sha, at_base) for diff, file in pairs)


def _may_be_unchanged(diff: FileDiff) -> bool:
    """Whether a file has no lines, and a status that does not say that it was changed."""
    return diff.status in _PERHAPS_UNCHANGED and not (diff.hunks or diff.unread or diff.is_binary)


def _told_apart(diff: FileDiff, blob: str | None, at_base: Mapping[str, str]) -> FileDiff:
    """A file that holds what it held at the base; what cannot be told counts as changed and without lines."""
    same = blob is not None and at_base.get(diff.old_path or diff.path) == blob
    return replace(diff, is_binary=True) if _may_be_unchanged(diff) and not same else diff


def _file_diff(file: _File) -> FileDiff:
    return parse_patch(
        file.filename,
        old_path=file.previous_filename,
        status=file.status,
        patch=file.patch,
        changes=file.changes,
        blob=file.sha,
    )
