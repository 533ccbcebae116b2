"""Repositories."""

from __future__ import annotations

from bot.sandbox.shapes.accounts import user
from bot.sandbox.shapes.base import Json, Links, iso, node_id
from bot.sandbox.state import Repository

_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def api_url(links: Links, one: Repository) -> str:
    """The repository's address in the API."""
    return f"{links.api}/repos/{one.full_name}"


def web_url(links: Links, one: Repository) -> str:
    """The repository's web page."""
    return f"{links.web}/{one.full_name}"


def repository(links: Links, one: Repository) -> Json:
    """`repository`, as it stands inside other objects."""
    url, page = api_url(links, one), web_url(links, one)
    open_items = sum(pull.state == "open" for pull in one.pulls.values())
    open_items += sum(issue.state == "open" for issue in one.issues.values())
    return {
        "id": one.id,
        "node_id": node_id("Repository", one.id),
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
        "visibility": "private" if one.private else "public",
        "owner": user(links, one.owner),
        "html_url": page,
        "description": None,
        "fork": one.parent is not None,
        "url": url,
        **{key: url + suffix for key, suffix in _URLS.items()},
        "clone_url": f"{page}.git",
        "git_url": f"git:{page.split(':', 1)[1]}.git",
        "ssh_url": f"ssh:{page.split(':', 1)[1]}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
        "default_branch": one.default_branch,
        "language": None,
        "license": None,
        "size": 0,
        **_counts(open_items),
        **_switches(),
        "pushed_at": iso(one.created_at),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
    }


def full_repository(links: Links, one: Repository) -> Json:
    """`full-repository`, the answer about one repository."""
    more: Json = {"network_count": 0, "subscribers_count": 0}
    if one.parent is not None:
        parent = repository(links, one.parent)
        more |= {"parent": parent, "source": parent}
    return repository(links, one) | more


def _counts(open_items: int) -> Json:
    zeros = ("forks", "forks_count", "stargazers_count", "watchers", "watchers_count")
    return dict.fromkeys(zeros, 0) | {"open_issues": open_items, "open_issues_count": open_items}


def _switches() -> Json:
    on = ("has_issues", "has_projects", "has_downloads", "has_wiki", "allow_forking")
    off = (
        "has_pages",
        "has_discussions",
        "archived",
        "disabled",
        "is_template",
        "web_commit_signoff_required",
    )
    return dict.fromkeys(on, True) | dict.fromkeys(off, False) | {"topics": []}
