"""Repositories for git: fetched over HTTP, as GitHub serves them, with a token as the password.

What is *not* here: pushing, and the API. Git's requests are no calls of it: the log leaves them out.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import gzip
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.auth import authenticate, check_permitted, is_visible
from bot.sandbox.errors import ApiError
from bot.sandbox.repositories import GitRepository
from bot.sandbox.world import World

SERVICE = "git-upload-pack"
"""The only one: whoever wants to push is told that there is no such thing."""

_UNTIL_VERSION_2 = b"001e# service=git-upload-pack\n0000"


def git_routes(world: World) -> list[Route]:
    """The two addresses that a fetch asks."""
    return [
        Route("/{owner}/{repo}.git/info/refs", _handler(world, _advertise), methods=["GET"]),
        Route(f"/{{owner}}/{{repo}}.git/{SERVICE}", _handler(world, _answer), methods=["POST"]),
    ]


def _handler(
    world: World, serve: Callable[[GitRepository, Request, bytes], Response]
) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        body = await request.body()
        try:
            with world.changed:
                repository = _repository(world, request)
        except ApiError as error:
            asked = {"www-authenticate": 'Basic realm="GitHub"'} if error.status == 401 else {}
            return Response(status_code=error.status, headers=asked)
        return await asyncio.to_thread(serve, repository, request, body)

    return handle


def _advertise(repository: GitRepository, request: Request, _: bytes) -> Response:
    if request.query_params.get("service") != SERVICE:
        return Response(status_code=403)
    protocol = request.headers.get("git-protocol", "")
    told = repository.upload_pack(None, protocol)
    first = b"" if "version=2" in protocol else _UNTIL_VERSION_2
    return Response(first + told, media_type=f"application/x-{SERVICE}-advertisement")


def _answer(repository: GitRepository, request: Request, body: bytes) -> Response:
    if request.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    told = repository.upload_pack(body, request.headers.get("git-protocol", ""))
    return Response(told, media_type=f"application/x-{SERVICE}-result")


def _repository(world: World, request: Request) -> GitRepository:
    """What the path names, for those who may read it."""
    token = _password(request.headers.get("authorization", ""))
    actor = authenticate(world.state, f"Bearer {token}" if token else "", world.clock())
    found = world.state.repository(f"{request.path_params['owner']}/{request.path_params['repo']}")
    if found is None or not is_visible(actor, found):
        raise ApiError(404 if token else 401, "Repository not found.")
    check_permitted(actor, found, [("contents", "read")])
    return found.git


def _password(header: str) -> str:
    """Of Basic credentials; the name of the user does not matter."""
    scheme, _, sealed = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(sealed, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
