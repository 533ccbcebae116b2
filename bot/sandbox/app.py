"""The sandbox as one ASGI application: REST at the root and under `/api/v3`, GraphQL, git, and web pages.

What is *not* here: faults and the log (journal.py, put around this), serving over HTTP (server.py).
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.sandbox.api import apps, checks, comments, pulls, reactions, repos, reviews
from bot.sandbox.errors import not_found
from bot.sandbox.git_http import git_routes
from bot.sandbox.graphql.endpoint import graphql_routes
from bot.sandbox.page import render_index, render_pull_request
from bot.sandbox.state import PullRequest
from bot.sandbox.world import World

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)


def build_app(world: World) -> Starlette:
    """Everything that answers."""
    return Starlette(
        routes=[
            *git_routes(world),
            *graphql_routes(world),
            *apps.routes(world),
            *repos.routes(world),
            *pulls.routes(world),
            *reviews.routes(world),
            *comments.routes(world),
            *reactions.routes(world),
            *checks.routes(world),
            Route("/", _index(world)),
            Route("/{owner}/{repo}/pull/{number:int}", _page(world)),
            Route("/{owner}/{repo}/pull/{number:int}.diff", _diff(world)),
        ],
        exception_handlers={404: _no_route, 405: _no_route},
    )


def _index(world: World) -> Callable[[Request], Response]:
    def show(_: Request) -> Response:
        with world.changed:
            every = [pull for repo in world.state.repositories.values() for pull in repo.pulls.values()]
            return _html(render_index(every))

    return show


def _page(world: World) -> Callable[[Request], Response]:
    def show(request: Request) -> Response:
        with world.changed:
            pull = _pull(world, request)
            return _no_route(request, None) if pull is None else _html(render_pull_request(world, pull))

    return show


def _diff(world: World) -> Callable[[Request], Response]:
    def show(request: Request) -> Response:
        with world.changed:
            pull = _pull(world, request)
            if pull is None:
                return _no_route(request, None)
            return PlainTextResponse(pull.repository.git.diff(pull.merge_base, pull.head_sha))

    return show


def _pull(world: World, request: Request) -> PullRequest | None:
    repo = world.state.repository(f"{request.path_params['owner']}/{request.path_params['repo']}")
    return None if repo is None else repo.pulls.get(request.path_params["number"])


def _html(text: str) -> Response:
    return HTMLResponse(text, headers={"content-security-policy": CONTENT_SECURITY_POLICY})


def _no_route(_: Request, __: object) -> Response:
    return JSONResponse(not_found().body(), 404)
