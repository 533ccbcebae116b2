"""Pull requests and their files."""

from __future__ import annotations

from urllib.parse import quote

from bot.sandbox.patches import ChangedFile
from bot.sandbox.shapes.accounts import user
from bot.sandbox.shapes.base import Json, Links, href, iso, iso_or_none, node_id
from bot.sandbox.shapes.labels import label
from bot.sandbox.shapes.repositories import api_url, repository, web_url
from bot.sandbox.state import Limits, PullRequest, Repository, User


def pull_url(links: Links, pull: PullRequest) -> str:
    """Its address in the API."""
    return f"{api_url(links, pull.repository)}/pulls/{pull.number}"


def pull_page(links: Links, pull: PullRequest) -> str:
    """Its web page."""
    return f"{web_url(links, pull.repository)}/pull/{pull.number}"


def association(repo: Repository, author: User) -> str:
    """GitHub's loose word for how an account stands to a repository. It says nothing on permission."""
    if author.login == repo.owner.login:
        return "OWNER"
    return "COLLABORATOR" if repo.role_of(author.login) in {"write", "maintain", "admin"} else "NONE"


def simple_pull(links: Links, pull: PullRequest) -> Json:
    """`pull-request-simple`, as lists hold it."""
    url, page = pull_url(links, pull), pull_page(links, pull)
    issue = f"{api_url(links, pull.repository)}/issues/{pull.number}"
    addresses = {
        "comments_url": f"{issue}/comments",
        "commits_url": f"{url}/commits",
        "statuses_url": f"{api_url(links, pull.repository)}/statuses/{pull.head_sha}",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{api_url(links, pull.repository)}/pulls/comments{{/number}}",
    }
    return {
        "url": url,
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        **addresses,
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": user(links, pull.author),
        "body": pull.body,
        "labels": [label(links, pull.repository, one) for one in pull.labels],
        "milestone": None,
        "active_lock_reason": None,
        "created_at": iso(pull.created_at),
        "updated_at": iso(pull.updated_at),
        "closed_at": iso_or_none(pull.closed_at),
        "merged_at": None,
        "merge_commit_sha": None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _end(links, pull.head_repository, pull.head_ref, pull.head_sha, pull.author),
        "base": _end(links, pull.repository, pull.base_ref, pull.base_sha, pull.repository.owner),
        "_links": {
            "self": href(url),
            "html": href(page),
            "issue": href(issue),
            **{key.removesuffix("_url"): href(address) for key, address in addresses.items()},
        },
        "author_association": association(pull.repository, pull.author),
        "auto_merge": None,
        "draft": pull.draft,
    }


def pull_request(links: Links, pull: PullRequest) -> Json:
    """`pull-request`, the answer about one."""
    git, base = pull.repository.git, pull.merge_base
    files = git.changes(base, pull.head_sha)
    return simple_pull(links, pull) | {
        "merged": False,
        "mergeable": True,
        "rebaseable": True,
        "mergeable_state": "clean",
        "merged_by": None,
        "comments": len(pull.comments),
        "review_comments": len(pull.review_comments),
        "maintainer_can_modify": False,
        "commits": len(git.commits_between(base, pull.head_sha)),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def changed_file(links: Links, pull: PullRequest, file: ChangedFile, limits: Limits) -> Json:
    """`diff-entry`; `patch` is left out for binary and very large files."""
    repo = pull.repository
    path = quote(file.path)
    entry: Json = {
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{web_url(links, repo)}/blob/{pull.head_sha}/{path}",
        "raw_url": f"{web_url(links, repo)}/raw/{pull.head_sha}/{path}",
        "contents_url": f"{api_url(links, repo)}/contents/{path}?ref={pull.head_sha}",
    }
    if file.patch is not None and _is_shown(file, limits):
        entry["patch"] = file.patch
    if file.old_path is not None:
        entry["previous_filename"] = file.old_path
    return entry


def no_reactions(url: str) -> Json:
    """A reaction count of nothing."""
    names = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    return {"url": url, "total_count": 0, **dict.fromkeys(names, 0)}


def _is_shown(file: ChangedFile, limits: Limits) -> bool:
    size = len((file.patch or "").encode())
    return file.additions + file.deletions <= limits.patch_lines and size <= limits.patch_bytes


def _end(links: Links, repo: Repository | None, ref: str, sha: str, fallback: User) -> Json:
    owner = fallback if repo is None else repo.owner
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(links, owner),
        "repo": None if repo is None else repository(links, repo),
    }
