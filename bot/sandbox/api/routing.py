"""How a request becomes a call of a handler: body, caller, permission, lock, answer.

Handlers are plain functions `(Call) -> Response`; they raise ApiError to refuse.

What is *not* here: faults and the log of calls (journal.py), which stand in front of everything.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.auth import Actor, authenticate, check_permitted, is_visible
from bot.sandbox.errors import ApiError, Moved, not_found
from bot.sandbox.shapes.base import Json, Links
from bot.sandbox.state import App, Issue, PullRequest, Repository
from bot.sandbox.world import World

PREFIXES = ("", "/api/v3")
ACTOR_KEY = "sandbox.actor"
PAGE_SIZE, LARGEST_PAGE = 30, 100
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read and with its caller known.

    Attributes:
        path: parameters of the route.
        body: the JSON object that was sent; empty when there was none.
        url: the request's address without its query, for links to further pages.
    """

    world: World
    actor: Actor
    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    accept: str
    links: Links
    url: str
    needs: Sequence[tuple[str, str]]

    def app(self) -> App:
        """The App that calls with its JWT."""
        if self.actor.app is None:
            raise ApiError(401, "A JSON web token could not be decoded")
        return self.actor.app

    def repository(self) -> Repository:
        """What the path names; refused with 404 to who must not know of it, with 401 or 403 to others."""
        repository = self.find_repository()
        if repository is None or not is_visible(self.actor, repository):
            raise not_found()
        check_permitted(self.actor, repository, self.needs)
        return repository

    def find_repository(self) -> Repository | None:
        """The repository in the path, whoever asks.

        Raises:
            Moved: the path has a name that it had before, and the caller may know it.
        """
        state = self.world.state
        if "repository_id" in self.path:
            return state.repositories.get(self.number("repository_id"))
        name = f"{self.path['owner']}/{self.path['repo']}"
        moved = state.renamed_repository(name)
        if moved is not None and (self.actor.app or is_visible(self.actor, moved)):
            raise Moved(301 if self.method == "GET" else 307, self._address_by_id(moved))
        return state.repository(name)

    def _address_by_id(self, repository: Repository) -> str:
        _, _, *rest = self.url.removeprefix(f"{self.links.api}/repos/").split("/", 2)
        query = f"?{urlencode(self.query)}" if self.query else ""
        return "/".join([f"{self.links.api}/repositories/{repository.id}", *rest]) + query

    def topic(self) -> PullRequest | Issue:
        """The pull request or issue in the path; what is said on issues wants the permission for issues."""
        repository, number = self.repository(), self.number("number")
        found = repository.pulls.get(number) or repository.issues.get(number)
        if found is None:
            raise not_found()
        if isinstance(found, Issue):
            check_permitted(self.actor, repository, [need for need in self.needs if need[0] == "issues"])
        return found

    def pull(self) -> PullRequest:
        """The pull request in the path."""
        pull = self.repository().pulls.get(self.number("number"))
        if pull is None:
            raise not_found()
        return pull

    def number(self, name: str) -> int:
        """A number in the path."""
        text = self.path[name]
        if not text.isascii() or not text.isdigit():
            raise not_found()
        return int(text)

    def page(self, items: Sequence[ItemT], shape: Callable[[ItemT], Json]) -> Response:
        """One page of a list, with links to the others."""
        part, headers = self.cut(items)
        return JSONResponse([shape(item) for item in part], headers=headers)

    def cut(self, items: Sequence[ItemT]) -> tuple[Sequence[ItemT], dict[str, str]]:
        """One page of a list and the headers that go with it."""
        size, page = self.page_size(), _whole(self.query.get("page"), 1) or 1
        start = (page - 1) * size
        links = []
        if start > 0:
            links += [self._link("prev", page - 1), self._link("first", 1)]
        if start + size < len(items):
            links += [self._link("next", page + 1), self._link("last", math.ceil(len(items) / size))]
        return items[start : start + size], {"link": ", ".join(links)} if links else {}

    def page_size(self) -> int:
        """How many items the caller takes at once."""
        return min(_whole(self.query.get("per_page"), PAGE_SIZE) or 1, LARGEST_PAGE)

    def _link(self, word: str, page: int) -> str:
        query = urlencode({**self.query, "page": page})
        return f'<{self.url}?{query}>; rel="{word}"'


Handler = Callable[[Call], Response]


def route(
    world: World, method: str, path: str, handler: Handler, needs: Sequence[tuple[str, str]] = ()
) -> list[Route]:
    """A route at the root and under `/api/v3`, for a repository also by its id.

    `needs` are alternatives of (permission, level).
    """
    paths = list(
        dict.fromkeys([path, path.replace("/repos/{owner}/{repo}", "/repositories/{repository_id}")])
    )
    return [
        Route(prefix + one, _endpoint(world, handler, needs, prefix), methods=[method])
        for prefix in PREFIXES
        for one in paths
    ]


def json_answer(shape: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return JSONResponse(shape, status)


def no_content() -> Response:
    """The answer to a deletion."""
    return Response(status_code=204)


def answering(world: World, answer: Callable[[Request, bytes, Actor], Response]) -> Callable[[Request], Any]:
    """An endpoint that knows its caller, holds the lock on the state, counts the request, refuses in JSON."""

    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        with world.changed:
            actor = Actor()
            try:
                actor = authenticate(world.state, request.headers.get("authorization", ""), world.clock())
                request.scope[ACTOR_KEY] = actor.name
                _check_rate(world, actor)
                response = answer(request, raw, actor)
            except ApiError as refusal:
                response = JSONResponse(refusal.body(), refusal.status)
                if isinstance(refusal, Moved):
                    response.headers["location"] = refusal.location
            _spend(world, actor, response)
            world.changed.notify_all()
        return response

    return endpoint


def _endpoint(
    world: World, handler: Handler, needs: Sequence[tuple[str, str]], prefix: str
) -> Callable[[Request], Any]:
    def answer(request: Request, raw: bytes, actor: Actor) -> Response:
        root = f"{request.url.scheme}://{request.url.netloc}"
        call = Call(
            world=world,
            actor=actor,
            method=request.method,
            path=request.path_params,
            query=dict(request.query_params),
            body=read_json(raw),
            accept=request.headers.get("accept", ""),
            links=Links(root + prefix, root),
            url=str(request.url.replace(query="")),
            needs=needs,
        )
        return handler(call)

    return answering(world, answer)


def read_json(raw: bytes) -> Json:
    """The body as an object; an empty one where nothing was sent."""
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise ApiError(400, "Problems parsing JSON") from None
    if not isinstance(body, dict):
        raise ApiError(400, "Body should be a JSON object")
    return body


def _check_rate(world: World, actor: Actor) -> None:
    # The sandbox's hour never ends.
    if actor.app is None and world.used.get(actor.name, 0) >= world.limits.requests_per_hour:
        raise ApiError(403, f"API rate limit exceeded for {actor.name}.")


def _spend(world: World, actor: Actor, response: Response) -> None:
    """Count a request and say in the answer what is left."""
    used = world.used[actor.name] = world.used.get(actor.name, 0) + 1
    limit = world.limits.requests_per_hour
    response.headers["x-ratelimit-limit"] = str(limit)
    response.headers["x-ratelimit-remaining"] = str(max(limit - used, 0))
    response.headers["x-ratelimit-used"] = str(used)
    response.headers["x-ratelimit-reset"] = str(int(world.clock()) + 3600)
    response.headers["x-ratelimit-resource"] = "core"


def _whole(text: str | None, fallback: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else fallback
