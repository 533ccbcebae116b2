"""Routes about issues and about the conversation of issues and pull requests."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.api.routing import Call, json_answer, route
from bot.sandbox.auth import may_write
from bot.sandbox.editing import edit_comment
from bot.sandbox.errors import forbidden, not_found
from bot.sandbox.reviewing import add_comment
from bot.sandbox.shapes import issues, talk
from bot.sandbox.state import IssueComment
from bot.sandbox.world import World

_ISSUES = "/repos/{owner}/{repo}/issues"


def routes(world: World) -> list[Route]:
    """Comments. Either of two permissions will do, as on GitHub."""
    read = [("issues", "read"), ("pull_requests", "read")]
    write = [("issues", "write"), ("pull_requests", "write")]
    conversation, one = _ISSUES + "/{number}/comments", _ISSUES + "/comments/{id}"
    return [
        *route(world, "GET", _ISSUES + "/{number}", get_issue, read),
        *route(world, "GET", conversation, list_comments, read),
        *route(world, "POST", conversation, create_comment, write),
        *route(world, "GET", one, get_comment, read),
        *route(world, "PATCH", one, update_comment, write),
    ]


def get_issue(call: Call) -> Response:
    """An issue, or a pull request in the form of one."""
    return json_answer(issues.issue(call.links, call.topic()))


def list_comments(call: Call) -> Response:
    """The conversation, oldest first."""
    return call.page(call.topic().comments, lambda comment: talk.issue_comment(call.links, comment))


def create_comment(call: Call) -> Response:
    """Say something."""
    comment = add_comment(call.world, call.topic(), call.actor.user, call.body.get("body"))
    return json_answer(talk.issue_comment(call.links, comment), 201)


def get_comment(call: Call) -> Response:
    """One comment."""
    return json_answer(talk.issue_comment(call.links, find_comment(call)))


def update_comment(call: Call) -> Response:
    """Change a comment: one's own, or with write access."""
    comment, user = find_comment(call), call.actor.user
    if comment.author is not user and not may_write(comment.topic.repository, user):
        raise forbidden()
    return json_answer(
        talk.issue_comment(call.links, edit_comment(call.world, comment, user, call.body.get("body")))
    )


def find_comment(call: Call) -> IssueComment:
    """The comment in the path."""
    wanted, repository = call.number("id"), call.repository()
    for topics in (repository.pulls, repository.issues):
        for comment in (one for topic in topics.values() for one in topic.comments):
            if comment.id == wanted:
                return comment
    raise not_found()
