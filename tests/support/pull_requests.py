"""A pull request to work with where its details do not matter."""

from __future__ import annotations

from typing import Any

from bot.domain.pull_request import PullRequest, PullRequestRef

HEAD = "a" * 40
BASE = "b" * 40


def a_pull_request(**changes: Any) -> PullRequest:
    fields: dict[str, Any] = {
        "ref": PullRequestRef("acme/web", 7, HEAD),
        "title": "Fix it",
        "body": "",
        "author": "dev",
        "state": "open",
        "draft": False,
        "base_ref": "main",
        "base_sha": BASE,
        "head_sha": HEAD,
        "changed_files": 1,
        "url": "https://github.com/acme/web/pull/7",
    }
    return PullRequest(**{**fields, **changes})
