"""Routes about reactions to comments, of the conversation and inline."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.api import comments, reviews
from bot.sandbox.api.routing import Call, json_answer, no_content, route
from bot.sandbox.editing import remove_reaction
from bot.sandbox.errors import forbidden, not_found
from bot.sandbox.reviewing import add_reaction
from bot.sandbox.shapes import talk
from bot.sandbox.state import IssueComment, ReviewComment
from bot.sandbox.world import World

Find = Callable[[Call], IssueComment | ReviewComment]
_KINDS: dict[str, tuple[Find, tuple[str, ...]]] = {
    "issues": (comments.find_comment, ("issues", "pull_requests")),
    "pulls": (reviews.find_comment, ("pull_requests",)),
}
"""Kind of comment -> how it is found, and the permissions of which one will do."""


def routes(world: World) -> list[Route]:
    """Reactions to both kinds of comment."""
    found = []
    for kind, (find, permissions) in _KINDS.items():
        path = f"/repos/{{owner}}/{{repo}}/{kind}/comments/{{id}}/reactions"
        read, write = ([(name, level) for name in permissions] for level in ("read", "write"))
        found += [
            *route(world, "GET", path, partial(list_reactions, find), read),
            *route(world, "POST", path, partial(create_reaction, find), write),
            *route(world, "DELETE", path + "/{reaction_id}", partial(delete_reaction, find), write),
        ]
    return found


def list_reactions(find: Find, call: Call) -> Response:
    """Reactions to a comment, oldest first; `content` asks for one kind."""
    wanted = call.query.get("content")
    given = [one for one in find(call).reactions if wanted in (None, one.content)]
    return call.page(given, lambda one: talk.reaction(call.links, one))


def create_reaction(find: Find, call: Call) -> Response:
    """React: 201, or 200 when the same reaction is there already."""
    reaction, is_new = add_reaction(call.world, find(call), call.actor.user, call.body.get("content"))
    return json_answer(talk.reaction(call.links, reaction), 201 if is_new else 200)


def delete_reaction(find: Find, call: Call) -> Response:
    """Take back a reaction of one's own."""
    comment, wanted = find(call), call.number("reaction_id")
    reaction = next((one for one in comment.reactions if one.id == wanted), None)
    if reaction is None:
        raise not_found()
    if reaction.user is not call.actor.user:
        raise forbidden()
    remove_reaction(comment, reaction)
    return no_content()
