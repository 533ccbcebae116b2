"""The last gate before the network: only the configured host, answers of bounded size, every call counted.

It stands below redirects and credentials: nothing that GitHub or a payload says can lead a request elsewhere.
Compressed answers are not asked for and refused: a small body cannot unfold into a huge one.

What is *not* here: credentials (tokens.py), repeating (client.py).
"""

from __future__ import annotations

import ipaddress
import ssl
import urllib.request
from collections.abc import AsyncIterator

import httpx

from bot.errors import AccessLost, GitHubUnavailable, SettingsError, TooLarge
from bot.settings import TRUST_STORE
from bot.unreachable import is_web_address

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of one answer. A diff ends at 20,000 lines; sixty blobs of GraphQL's largest size stay below."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Passes requests for one origin on to `inner`.

    Attributes:
        calls: requests sent so far, answered or not.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        origin: httpx.URL,
        limit: int = MAX_ANSWER,
        *,
        owned: bool = True,
    ) -> None:
        """`owned` says whether `inner` is closed with this transport."""
        self._inner = inner
        self._owned = owned
        self._origin = origin_of(origin)
        self._limit = limit
        self.calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            AccessLost: the request is for another host; nothing was sent.
            GitHubUnavailable: the answer is compressed.
            TooLarge: the answer says that it is larger than the limit, or turns out to be while it is read.
        """
        if origin_of(request.url) != self._origin:
            raise AccessLost(f"a request to another host than {self._origin[1]} was refused")
        self.calls += 1
        response = await self._inner.handle_async_request(request)
        problem = self._problem(response.headers)
        if problem is not None:
            await response.aclose()
            raise problem
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - what async transports give
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Capped(response.stream, self._limit),
            extensions=response.extensions,
        )

    def _problem(self, headers: httpx.Headers) -> TooLarge | GitHubUnavailable | None:
        if headers.get("content-encoding", "identity") != "identity":
            return GitHubUnavailable("GitHub sent a compressed answer that was not asked for")
        length = headers.get("content-length", "")
        return _too_large(self._limit) if length.isdecimal() and int(length) > self._limit else None

    async def aclose(self) -> None:
        """Close the connections that are ours."""
        if self._owned:
            await self._inner.aclose()


class _Capped(httpx.AsyncByteStream):
    """A body that ends in an error where it grows over the limit."""

    def __init__(self, inner: httpx.AsyncByteStream, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for chunk in self._inner:
            seen += len(chunk)
            if seen > self._limit:
                raise _too_large(self._limit)
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def open_transport(origin: httpx.URL) -> httpx.AsyncBaseTransport:
    """Connections to GitHub, through the operator's proxy (`HTTPS_PROXY`, `NO_PROXY`) where one is set.

    Raises:
        SettingsError: the proxy's address cannot be used.
        GitHubUnavailable: the operator's authorities cannot be read now; a command tries them as it begins.
    """
    proxy = proxy_for(origin)
    try:
        return httpx.AsyncHTTPTransport(proxy=proxy, verify=_authorities(origin, proxy))
    except OSError:  # errors of the TLS library among them
        raise GitHubUnavailable(f"the file that {TRUST_STORE} names cannot be read") from None


def _authorities(origin: httpx.URL, proxy: str | None) -> ssl.SSLContext | bool:
    """Whom to trust: the operator's authorities, or nobody where nothing will be encrypted.

    Reading them takes longer than all else that a connection needs.
    """
    is_plain = origin.scheme == "http" and proxy is None
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if is_plain else True


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port: what must be the same for a request to go to the same server."""
    return url.scheme, url.host, url.port or {"https": 443, "http": 80}.get(url.scheme, 0)


def proxy_for(origin: httpx.URL) -> str | None:
    """Address of the operator's proxy for a server; None where it is reached directly.

    Raises:
        SettingsError: it is none that can be used. It is not repeated: it may hold a password.
    """
    if _is_loopback(origin.host) or urllib.request.proxy_bypass(origin.host):
        return None
    proxy = urllib.request.getproxies().get(origin.scheme)
    if proxy is not None and not _is_usable(proxy):
        raise SettingsError(
            f"{origin.scheme.upper()}_PROXY is wrong: write an address with http:// or https://, as in "
            "http://HOST:3128."
        )
    return proxy


def _is_usable(proxy: str) -> bool:
    try:
        return is_web_address(str(httpx.URL(proxy)))
    except httpx.InvalidURL:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"GitHub's answer is larger than {limit // 1024} kB")
