"""Routes about the conversation of a pull request and reactions to it."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.api.routing import Call, json_answer, route
from bot.sandbox.auth import may_write
from bot.sandbox.editing import edit_comment
from bot.sandbox.errors import forbidden, not_found
from bot.sandbox.reviewing import add_comment, add_reaction
from bot.sandbox.shapes import talk
from bot.sandbox.state import IssueComment
from bot.sandbox.world import World

_ISSUES = "/repos/{owner}/{repo}/issues"


def routes(world: World) -> list[Route]:
    """Comments. Either of two permissions will do, as on GitHub."""
    read = [("issues", "read"), ("pull_requests", "read")]
    write = [("issues", "write"), ("pull_requests", "write")]
    conversation, one = _ISSUES + "/{number}/comments", _ISSUES + "/comments/{id}"
    return [
        *route(world, "GET", conversation, list_comments, read),
        *route(world, "POST", conversation, create_comment, write),
        *route(world, "GET", one, get_comment, read),
        *route(world, "PATCH", one, update_comment, write),
        *route(world, "GET", one + "/reactions", list_reactions, read),
        *route(world, "POST", one + "/reactions", create_reaction, write),
    ]


def list_comments(call: Call) -> Response:
    """The conversation, oldest first."""
    return call.page(call.pull().comments, lambda comment: talk.issue_comment(call.links, comment))


def create_comment(call: Call) -> Response:
    """Say something."""
    comment = add_comment(call.world, call.pull(), call.actor.user, call.body.get("body"))
    return json_answer(talk.issue_comment(call.links, comment), 201)


def get_comment(call: Call) -> Response:
    """One comment."""
    return json_answer(talk.issue_comment(call.links, _comment(call)))


def update_comment(call: Call) -> Response:
    """Change a comment: one's own, or with write access."""
    comment, user = _comment(call), call.actor.user
    if comment.author is not user and not may_write(comment.topic.repository, user):
        raise forbidden()
    return json_answer(
        talk.issue_comment(call.links, edit_comment(call.world, comment, user, call.body.get("body")))
    )


def list_reactions(call: Call) -> Response:
    """Reactions to a comment."""
    return call.page(_comment(call).reactions, lambda one: talk.reaction(call.links, one))


def create_reaction(call: Call) -> Response:
    """React: 201, or 200 when the same reaction is there already."""
    reaction, is_new = add_reaction(call.world, _comment(call), call.actor.user, call.body.get("content"))
    return json_answer(talk.reaction(call.links, reaction), 201 if is_new else 200)


def _comment(call: Call) -> IssueComment:
    wanted = call.number("id")
    for pull in call.repository().pulls.values():
        for comment in pull.comments:
            if comment.id == wanted:
                return comment
    raise not_found()
