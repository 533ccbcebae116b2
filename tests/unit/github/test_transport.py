from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.errors import AccessLost, GitHubUnavailable, TooLarge
from bot.github.transport import GuardedTransport, open_transport, origin_of

ORIGIN = httpx.URL("https://api.github.test/")


class Network(httpx.AsyncBaseTransport):
    """Answers with the given chunks, and knows how many were read and what was closed."""

    def __init__(self, chunks: list[bytes], **headers: str) -> None:
        self.chunks = chunks
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.asked = 0
        self.read = 0
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(200, headers=self.headers, content=self._stream())

    async def _stream(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            self.read += 1
            yield chunk

    async def aclose(self) -> None:
        self.closed = True


async def get(transport: GuardedTransport, url: str = "https://api.github.test/x") -> httpx.Response:
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.get(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/x",
        "http://api.github.test/x",
        "https://api.github.test:8443/x",
        "https://api.github.test.evil.test/x",
        "https://evil.test/https://api.github.test/",
        "https://api.github.test@evil.test/",
    ],
)
async def test_another_host_is_never_asked(url: str) -> None:
    network = Network([b"secret"])
    with pytest.raises(AccessLost):
        await get(GuardedTransport(network, ORIGIN), url)
    assert network.asked == 0


async def test_the_default_port_is_the_same_host() -> None:
    assert (
        await get(GuardedTransport(Network([b"hi"]), ORIGIN), "https://API.github.test:443/x")
    ).text == "hi"


async def test_a_body_is_read_no_further_than_the_limit() -> None:
    network = Network([b"x" * 40] * 1000)
    with pytest.raises(TooLarge):
        await get(GuardedTransport(network, ORIGIN, limit=100))
    assert network.read == 3


async def test_a_body_of_exactly_the_limit_is_taken() -> None:
    assert len((await get(GuardedTransport(Network([b"x" * 50] * 2), ORIGIN, limit=100))).content) == 100


async def test_an_announced_size_over_the_limit_is_not_read_at_all() -> None:
    network = Network([b"x"], content_length="101")
    with pytest.raises(TooLarge):
        await get(GuardedTransport(network, ORIGIN, limit=100))
    assert network.read == 0


async def test_a_compressed_answer_is_refused_unread() -> None:
    network = Network([b"bomb"], content_encoding="gzip")
    with pytest.raises(GitHubUnavailable):
        await get(GuardedTransport(network, ORIGIN))
    assert network.read == 0


async def test_calls_are_counted() -> None:
    transport = GuardedTransport(Network([b"x"]), ORIGIN)
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get("https://api.github.test/1")
        await client.get("https://api.github.test/2")
    assert transport.calls == 2


@pytest.mark.parametrize("owned", [True, False])
async def test_only_connections_of_our_own_are_closed(owned: bool) -> None:
    network = Network([b"x"])
    await get(GuardedTransport(network, ORIGIN, owned=owned))
    assert network.closed is owned


def proxy_used(url: str) -> bool:
    pool = open_transport(httpx.URL(url))._pool  # type: ignore[attr-defined]
    return "Proxy" in type(pool).__name__


def test_the_operators_proxy_is_used_but_not_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("https_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "inside.test")
    assert proxy_used("https://api.github.test/")
    assert not proxy_used("https://inside.test/")
    assert not proxy_used("http://127.0.0.1:8080/")
    assert not proxy_used("http://localhost:8080/")


def test_hosts_are_compared_with_scheme_and_port() -> None:
    assert origin_of(httpx.URL("https://a.test")) == ("https", "a.test", 443)
    assert origin_of(httpx.URL("http://a.test:81/x")) == ("http", "a.test", 81)


def test_authorities_that_are_away_for_a_moment_are_worth_a_later_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    with pytest.raises(GitHubUnavailable, match="SSL_CERT_FILE"):
        open_transport(httpx.URL("https://api.github.test"))


def authorities_of(url: str) -> int:
    pool = open_transport(httpx.URL(url))._pool  # type: ignore[attr-defined]
    context = pool._ssl_context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    return len(context.get_ca_certs())


def test_authorities_are_read_only_where_something_is_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    assert authorities_of("https://api.github.test")
    assert not authorities_of("http://127.0.0.1:8080")
    monkeypatch.setenv("http_proxy", "https://proxy.test:3128")
    assert authorities_of("http://github.test")
