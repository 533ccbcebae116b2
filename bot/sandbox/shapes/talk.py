"""What people and bots say on a pull request: comments, reviews, inline comments, reactions."""

from __future__ import annotations

from collections.abc import Sequence

from bot.sandbox.placement import Standing
from bot.sandbox.shapes.accounts import user
from bot.sandbox.shapes.base import Json, Links, href, iso, node_id
from bot.sandbox.shapes.issues import issue_page
from bot.sandbox.shapes.pulls import association, no_reactions, pull_page, pull_url
from bot.sandbox.shapes.repositories import api_url
from bot.sandbox.state import IssueComment, Reaction, Review, ReviewComment


def issue_comment(links: Links, one: IssueComment) -> Json:
    """`issue-comment`."""
    repo = one.topic.repository
    url = f"{api_url(links, repo)}/issues/comments/{one.id}"
    return {
        "url": url,
        "html_url": f"{issue_page(links, one.topic)}#issuecomment-{one.id}",
        "issue_url": f"{api_url(links, repo)}/issues/{one.topic.number}",
        "id": one.id,
        "node_id": node_id("IssueComment", one.id),
        "user": user(links, one.author),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "author_association": association(repo, one.author),
        "body": one.body,
        "reactions": rollup(f"{url}/reactions", one.reactions),
        "performed_via_github_app": None,
    }


def review(links: Links, one: Review) -> Json:
    """`pull-request-review`."""
    page = f"{pull_page(links, one.pull)}#pullrequestreview-{one.id}"
    answer: Json = {
        "id": one.id,
        "node_id": node_id("PullRequestReview", one.id),
        "user": user(links, one.author),
        "body": one.body,
        "state": one.state,
        "html_url": page,
        "pull_request_url": pull_url(links, one.pull),
        "author_association": association(one.pull.repository, one.author),
        "_links": {"html": href(page), "pull_request": href(pull_url(links, one.pull))},
        "commit_id": one.commit_sha,
    }
    return answer if one.submitted_at is None else answer | {"submitted_at": iso(one.submitted_at)}


def review_comment(links: Links, one: ReviewComment, now: Standing) -> Json:
    """`pull-request-review-comment`; an outdated one has no `line` and no `position`."""
    repo = one.pull.repository
    url = f"{api_url(links, repo)}/pulls/comments/{one.id}"
    page = f"{pull_page(links, one.pull)}#discussion_r{one.id}"
    pull = pull_url(links, one.pull)
    answer: Json = {
        "url": url,
        "pull_request_review_id": one.review.id,
        "id": one.id,
        "node_id": node_id("PullRequestReviewComment", one.id),
        "diff_hunk": one.place.diff_hunk,
        "path": one.place.path,
        "commit_id": one.pull.head_sha,
        "original_commit_id": one.commit_sha,
        "user": user(links, one.author),
        "body": one.body,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "html_url": page,
        "pull_request_url": pull,
        "author_association": association(repo, one.author),
        "_links": {"self": href(url), "html": href(page), "pull_request": href(pull)},
        "reactions": rollup(f"{url}/reactions", one.reactions),
        **_where(one, now),
    }
    return answer if one.reply_to is None else answer | {"in_reply_to_id": one.reply_to.id}


def reaction(links: Links, one: Reaction) -> Json:
    """`reaction`."""
    return {
        "id": one.id,
        "node_id": node_id("Reaction", one.id),
        "user": user(links, one.user),
        "content": one.content,
        "created_at": iso(one.created_at),
    }


def rollup(url: str, reactions: Sequence[Reaction]) -> Json:
    """`reaction-rollup`: how often each reaction was given."""
    counts = no_reactions(url)
    for one in reactions:
        counts[one.content] += 1
    return counts | {"total_count": len(reactions)}


def _where(one: ReviewComment, now: Standing) -> Json:
    at = one.place
    if at.line is None:
        return {"subject_type": "file", "position": 1, "original_position": 1, "line": None, "side": "RIGHT"}
    return {
        "subject_type": "line",
        "start_line": now.start_line,
        "original_start_line": at.start_line,
        "start_side": at.start_side,
        "line": now.line,
        "original_line": at.line,
        "side": at.side,
        "position": now.position,
        "original_position": at.position,
    }
