"""One job's connection to GitHub: requests out, plain values or errors of our tree back.

Only reads, and writes that say the same when said twice, are repeated (at most twice, with a short pause).
Nothing sleeps for a rate limit. Redirects are followed on the same host only (a renamed repository).
No pause is kept between writes: GitHub advises a second, but a job sends about five, and its secondary limits
(80 contents a minute) are far away.

What is *not* here: credentials (tokens.py), the wire's limits (transport.py), what errors mean (failures.py),
and which calls a review needs (pulls.py, contents.py, standing.py, checks.py, publish.py, permissions.py).
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import httpx
import msgspec
from githubkit import GitHub as Kit
from githubkit.auth import BaseAuthStrategy
from githubkit.exception import GitHubException

from bot.errors import AccessLost, GitHubUnavailable
from bot.github import failures
from bot.github.sends import Sends
from bot.github.timestamps import posix_time
from bot.github.token_cache import MemoryTokenCache, TokenCache
from bot.github.tokens import (
    AppAuth,
    AppKey,
    Installation,
    InstallationAuth,
    MintedToken,
    PlainAuth,
    refused_key,
)
from bot.github.transport import GuardedTransport, open_transport, origin_of

T = TypeVar("T")

TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
"""Seconds to connect, and to wait for the next bytes of an answer."""
LONGEST_CALL: Final = 90.0
"""Seconds for one request with its whole answer, against one that comes byte by byte."""
TRIES: Final = 3
SETTLING: Final = 2.0
"""Seconds left to GitHub to finish a write whose answer was lost, before it is looked for."""
MAX_REDIRECTS: Final = 3
PARALLEL: Final = 4
"""Requests under way at once, for one job."""

_HEADERS: Final = {"X-GitHub-Api-Version": "2022-11-28", "Accept-Encoding": "identity"}
_REPO = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")

Credentials = str | AppKey | Installation
"""A plain token, the App itself, or one of its installations."""


@dataclass(frozen=True, slots=True)
class _Strategy(BaseAuthStrategy):
    """Our own credentials, in the form that githubkit takes."""

    auth: httpx.Auth

    def get_auth_flow(self, github: object) -> httpx.Auth:
        return self.auth


class _GraphQLAnswer(msgspec.Struct):
    data: dict[str, Any] | None = None
    errors: list[dict[str, Any]] | None = None


class GitHub:
    """What the other modules of this package ask through. Made by `connect`.

    Attributes:
        app_id: id or client id of the App that acts, or None for a plain token.
        base_url: of the REST API, as it was given.
        sends: where what is created is noted before; None for one-shot use, where nobody tries again.
    """

    def __init__(
        self,
        kit: Kit[_Strategy],
        transport: GuardedTransport,
        app_id: str | None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        sends: Sends | None = None,
    ) -> None:
        self.app_id = app_id
        self.sends = sends
        self.base_url = kit.config.base_url
        self._kit = kit
        self._transport = transport
        self._pause = pause

    @property
    def calls(self) -> int:
        """Requests of this job so far, repeated ones included; minting a token is not counted."""
        return self._transport.calls

    async def token(self) -> str:
        """What other ways to GitHub than its API may be used with: an installation's or a plain token.

        Raises:
            GitHubError: a token cannot be minted now, or this connection speaks for the App itself.
            AppKeyUnusable: the App's key is wrong, or not accepted now.
        """
        auth = self._kit.auth.auth
        if isinstance(auth, AppAuth):
            raise AccessLost("the App itself has no token for repositories")
        assert isinstance(auth, InstallationAuth | PlainAuth)  # noqa: S101 - there are no others
        return await auth.token()

    async def get(self, path: str, shape: type[T], params: Mapping[str, str | int] | None = None) -> T:
        """A resource as `shape` (a msgspec struct of the fields that are used).

        Raises:
            GitHubError: every method of this class raises one of its kinds and nothing else, but for
                AppKeyUnusable where the App's key is not accepted.
        """
        return _decode((await self._send("GET", path, params=params, tries=TRIES)).content, shape, path)

    async def get_page(
        self, path: str, shape: type[T], params: Mapping[str, str | int]
    ) -> tuple[T, str | None]:
        """A page of a list that goes by cursors, and the next page's; None where this is the last."""
        response = await self._send("GET", path, params=params, tries=TRIES)
        return _decode(response.content, shape, path), _next_cursor(response)

    async def get_raw(self, path: str, accept: str) -> bytes:
        """A resource in another media type."""
        return (await self._send("GET", path, accept=accept, tries=TRIES)).content

    async def post(self, path: str, body: Mapping[str, Any], shape: type[T], *, tries: int = 1) -> T:
        """Create something. After GitHubUnavailable it may exist all the same.

        For what would show twice there is `creating.create`. `tries` is more than one only where a second
        creation changes nothing that anybody sees.
        """
        return _decode((await self._send("POST", path, body=body, tries=tries)).content, shape, path)

    async def patch(self, path: str, body: Mapping[str, Any], shape: type[T], *, tries: int = TRIES) -> T:
        """Set fields to values: the same when done twice, so it is repeated like a read.

        `tries` is 1 where GitHub adds what is sent to what stands.
        """
        return _decode((await self._send("PATCH", path, body=body, tries=tries)).content, shape, path)

    async def delete(self, path: str) -> None:
        """Delete something; the same when done twice, but then 404 (AccessLost)."""
        await self._send("DELETE", path, tries=TRIES)

    async def settle(self, seconds: float = SETTLING) -> None:
        """Wait a moment before looking whether a write took effect."""
        await self._pause(seconds)

    async def query(
        self, document: str, variables: Mapping[str, Any], shape: type[T], *, optional: Collection[str] = ()
    ) -> T:
        """The data of a GraphQL query. Never a mutation: this is repeated.

        Args:
            optional: names of fields at the top that are null, and no error, where they are not there or not
                for us.
        """
        body = {"query": document, "variables": variables}
        response = await self._send("POST", self._graphql_url(), body=body, tries=TRIES)
        answer = _decode(response.content, _GraphQLAnswer, "graphql")
        problems = [one for one in answer.errors or () if not failures.is_absence(one, optional)]
        if problems:
            raise failures.from_graphql(problems, response.headers, "graphql", time.time())
        try:
            return msgspec.convert(answer.data, shape)
        except msgspec.ValidationError as error:
            raise GitHubUnavailable(f"graphql: unexpected answer: {error}") from None

    async def mutate(self, document: str, variables: Mapping[str, Any]) -> None:
        """Carry out a GraphQL mutation, one that does no more when done twice: it is repeated like a read."""
        await self.query(document, variables, dict[str, Any])

    def _graphql_url(self) -> str:
        """GitHub.com has it beside the REST paths, GHES at /api/graphql beside /api/v3."""
        base = self._kit.config.base_url
        path = base.path.rstrip("/")
        path = path.removesuffix("/v3") if path.endswith("/api/v3") else path
        return str(base.copy_with(path=f"{path}/graphql"))

    async def _send(
        self,
        method: str,
        url: str,
        *,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str | int] | None = None,
        accept: str = "application/vnd.github+json",
        tries: int = 1,
    ) -> httpx.Response:
        """Send, follow, and repeat where `tries` allows it and GitHub was not available."""
        headers = {**_HEADERS, "Accept": accept}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()  # ASCII: a lone surrogate in a text cannot make it fail
        for attempt in range(1, tries + 1):
            try:
                return await self._follow(method, url, content=content, params=params, headers=headers)
            except GitHubUnavailable:
                if attempt == tries:
                    raise
            await self._pause(2.0 ** (attempt - 2) * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _follow(
        self, method: str, url: str, *, params: Mapping[str, str | int] | None, **rest: Any
    ) -> httpx.Response:
        """Send verbatim to where a redirect points, as GitHub asks, while that is the same host."""
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._exchange(method, url, params=params, **rest)
            if response.is_success:
                return response
            if not response.has_redirect_location:
                raise failures.from_response(response, f"{method} {_path(url)}", time.time())
            url, params = self._target(response), None
        raise AccessLost(f"{method} {_path(url)}: too many redirects")

    def _target(self, response: httpx.Response) -> str:
        try:
            target = response.request.url.join(response.headers["location"])
        except httpx.InvalidURL:
            target = httpx.URL("")
        if origin_of(target) != origin_of(self._kit.config.base_url):
            raise AccessLost("GitHub redirected to another host; that was not followed")
        return str(target)

    async def _exchange(self, method: str, url: str, **rest: Any) -> httpx.Response:
        """One request and its whole answer."""
        what = f"{method} {_path(url)}"
        try:
            async with asyncio.timeout(LONGEST_CALL):
                return (await self._kit.arequest(method, url, **rest)).raw_response
        except TimeoutError:
            raise GitHubUnavailable(f"{what}: no whole answer in {LONGEST_CALL:.0f} s") from None
        except (GitHubException, ValueError, OverflowError, OSError) as error:
            raise failures.from_exception(error, what, time.time()) from error


@asynccontextmanager
async def connect(
    credentials: Credentials,
    api_url: str = "https://api.github.com",
    *,
    cache: TokenCache | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    sends: Sends | None = None,
) -> AsyncIterator[GitHub]:
    """A connection for one job, on one event loop.

    Args:
        credentials: who asks.
        api_url: REST base, `/api/v3` included for GHES. No other host is ever asked.
        cache: where installation tokens are shared; by default in memory, for this connection alone.
        transport: in place of the network; it is not closed here.
        pause: waits between repeated reads, and before a lost write is looked for.
        sends: takes note of what is created, for the run that comes after.
    """
    base = httpx.URL(api_url)
    guarded = GuardedTransport(transport or open_transport(base), base, owned=transport is None)
    mint = partial(_mint, api_url=api_url, transport=transport, pause=pause)
    async with _kit(_auth(credentials, base.host, cache or MemoryTokenCache(), mint), base, guarded) as kit:
        yield GitHub(kit, guarded, _app_id(credentials), pause, sends)


def _auth(
    credentials: Credentials,
    host: str,
    cache: TokenCache,
    mint: Callable[[Installation], Awaitable[MintedToken]],
) -> httpx.Auth:
    """What puts the credentials on each request."""
    match credentials:
        case Installation(app, installation_id):
            name = f"{host}:{app.app_id}:{installation_id}"
            return InstallationAuth(name, partial(mint, credentials), cache)
        case AppKey():
            return AppAuth(credentials)
        case _:
            return PlainAuth(credentials)


def _kit(auth: httpx.Auth, base: httpx.URL, transport: GuardedTransport) -> Kit[_Strategy]:
    """The library's client without redirects, cache and repetitions of its own: those here are ours."""
    return Kit(
        _Strategy(auth),
        base_url=base,
        user_agent="ai-review-bot",
        follow_redirects=False,
        timeout=TIMEOUT,
        async_transport=transport,
        http_cache=False,
        auto_retry=False,
    )


def _app_id(credentials: Credentials) -> str | None:
    match credentials:
        case Installation(app) | (AppKey() as app):
            return app.app_id
        case _:
            return None


class _TokenAnswer(msgspec.Struct):
    token: str
    expires_at: str


async def _mint(
    who: Installation,
    api_url: str,
    transport: httpx.AsyncBaseTransport | None,
    pause: Callable[[float], Awaitable[None]],
) -> MintedToken:
    """A fresh token for an installation. A second one does no harm, so a failure is repeated."""
    path = f"/app/installations/{who.installation_id}/access_tokens"
    async with connect(who.app, api_url, transport=transport, pause=pause) as github:
        try:
            answer = await github.post(path, {}, _TokenAnswer, tries=TRIES)
        except AccessLost as error:
            raise refused_key(error) from error
    return MintedToken(answer.token, posix_time(answer.expires_at))


def owner_and_name(repo: str) -> tuple[str, str]:
    """The two parts of OWNER/NAME.

    Raises:
        AccessLost: the text cannot be the name of a repository, and must not become part of an address.
    """
    if not _REPO.fullmatch(repo) or {".", ".."} & set(repo.split("/")):
        raise AccessLost("this is no name of a repository")
    owner, name = repo.split("/")
    return owner, name


def repo_path(repo: str) -> str:
    """`/repos/OWNER/NAME`.

    Raises:
        AccessLost: as `owner_and_name` does.
    """
    owner, name = owner_and_name(repo)
    return f"/repos/{owner}/{name}"


async def in_parallel(jobs: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """The results of several requests, in order; the first failure ends the others and is raised."""
    gate = asyncio.Semaphore(PARALLEL)

    async def run(job: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await job()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(job)) for job in jobs]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def _decode(content: bytes, shape: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise GitHubUnavailable(f"{what}: an answer that cannot be read: {error}") from None


def _next_cursor(response: httpx.Response) -> str | None:
    """From the link to the next page; the rest of that link is not followed."""
    try:
        cursor = httpx.URL(response.links.get("next", {}).get("url", "")).params.get("cursor")
    except httpx.InvalidURL:
        return None
    return str(cursor) if cursor else None


def _path(url: str) -> str:
    """The path of an address, for messages."""
    return httpx.URL(url).path
