"""Issues, and pull requests in the form of an issue: without any commit id."""

from __future__ import annotations

from bot.sandbox.shapes.accounts import user
from bot.sandbox.shapes.base import Json, Links, iso, iso_or_none, node_id
from bot.sandbox.shapes.labels import label
from bot.sandbox.shapes.pulls import association, no_reactions, pull_page, pull_url
from bot.sandbox.shapes.repositories import api_url, web_url
from bot.sandbox.state import Issue, PullRequest


def issue_page(links: Links, one: PullRequest | Issue) -> str:
    """Its web page."""
    if isinstance(one, PullRequest):
        return pull_page(links, one)
    return f"{web_url(links, one.repository)}/issues/{one.number}"


def issue(links: Links, one: PullRequest | Issue) -> Json:
    """`issue`; events about comments name a pull request in this form, too."""
    url = f"{api_url(links, one.repository)}/issues/{one.number}"
    kind = "PullRequest" if isinstance(one, PullRequest) else "Issue"
    answer: Json = {
        "url": url,
        "repository_url": api_url(links, one.repository),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": issue_page(links, one),
        "id": one.id,
        "node_id": node_id(kind, one.id),
        "number": one.number,
        "title": one.title,
        "user": user(links, one.author),
        "labels": [label(links, one.repository, each) for each in one.labels],
        "state": one.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": len(one.comments),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "closed_at": iso_or_none(one.closed_at),
        "author_association": association(one.repository, one.author),
        "active_lock_reason": None,
        "body": one.body,
        "reactions": no_reactions(f"{url}/reactions"),
        "performed_via_github_app": None,
        "state_reason": None,
    }
    return answer | _as_pull(links, one) if isinstance(one, PullRequest) else answer


def _as_pull(links: Links, pull: PullRequest) -> Json:
    page = pull_page(links, pull)
    addresses = {
        "url": pull_url(links, pull),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
    }
    return {"draft": pull.draft, "pull_request": addresses | {"merged_at": None}}
