from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from redis.asyncio import Redis

from bot.errors import AccessLost, GitHubUnavailable, SettingsError
from bot.github.client import connect
from bot.github.token_cache import MemoryTokenCache, RedisTokenCache, TokenCache
from bot.github.tokens import AppKey, Installation, load_app_key
from tests.support.wire import Wire, reply

API = "https://api.github.test"
MINT = "POST /app/installations/5/access_tokens"


class Thing(msgspec.Struct):
    id: int


def pem_of(key: Any) -> str:
    text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return text.decode()


@pytest.fixture(scope="module")
def pem() -> str:
    return pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture
def app(pem: str) -> AppKey:
    return load_app_key("41", pem)


@pytest.fixture
async def shared_redis(valkey_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(valkey_url) as client:
        yield client


def minted(token: str, lifetime: float = 3600) -> httpx.Response:
    ends = datetime.now(UTC) + timedelta(seconds=lifetime)
    return reply(201, {"token": token, "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ")})


def minting(names: Iterator[str] | None = None) -> Callable[[httpx.Request], httpx.Response]:
    """A new token each time: t1, t2, ..."""
    tokens = names or (f"t{number}" for number in range(1, 1000))
    return lambda _: minted(next(tokens))


def accepting(*tokens: str) -> Callable[[httpx.Request], httpx.Response]:
    """200 for these tokens, 401 for every other one."""

    def answer(request: httpx.Request) -> httpx.Response:
        good = request.headers["authorization"] in [f"Bearer {token}" for token in tokens]
        return reply(200, {"id": 1}) if good else reply(401, {"message": "Bad credentials"})

    return answer


async def ask(wire: Wire, who: Installation | AppKey, cache: TokenCache | None = None) -> int:
    """One read; returns how many calls were counted for it."""
    async with connect(who, API, cache=cache, transport=wire.transport(), pause=wire.pause) as github:
        await github.get("/x", Thing)
        return github.calls


def test_a_key_is_read_as_text_as_escaped_text_and_from_a_file(pem: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(pem, encoding="utf-8")
    secrets = {load_app_key("41", text).secret("x") for text in (pem, pem.replace("\n", "\\n"), str(file))}
    assert len(secrets) == 1


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nbm90IGEga2V5\n-----END RSA PRIVATE KEY-----",
        "/nowhere/key.pem",
        "~nobody-of-this-name/key.pem",
        "a\0b",
        "",
        pytest.param(pem_of(ec.generate_private_key(ec.SECP256R1())), id="no RSA key"),
    ],
)
def test_a_key_that_cannot_be_used_is_one_sentence_about_its_variable(text: str) -> None:
    with pytest.raises(SettingsError, match="AI_REVIEW_GITHUB_PRIVATE_KEY") as caught:
        load_app_key("41", text)
    assert "bm90IGEga2V5" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_jwt_is_dated_back_a_minute_and_ends_within_ten(app: AppKey) -> None:
    now = time.time()
    token = app.sign(now)
    claims = jwt.decode(token, app.key.public_key(), algorithms=["RS256"])
    assert claims["iss"] == "41"
    assert claims["iat"] == int(now) - 60
    assert claims["exp"] - claims["iat"] <= 540
    assert claims["exp"] + 90 - now < 600


def test_no_text_of_the_app_shows_its_key(app: AppKey) -> None:
    assert repr(app) == "AppKey(app_id='41')"


async def test_a_clock_that_is_off_is_set_by_githubs_once(app: AppKey) -> None:
    theirs = datetime.now(UTC) - timedelta(seconds=90)

    def check(request: httpx.Request) -> httpx.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False})
        good = claims["iat"] <= theirs.timestamp() and claims["exp"] <= theirs.timestamp() + 600
        return reply(200 if good else 401, {"id": 1}, date=format_datetime(theirs, usegmt=True))

    wire = Wire().on("GET /x", check)
    assert await ask(wire, app) == 2


async def test_a_wrong_key_is_a_matter_of_settings(app: AppKey) -> None:
    wire = Wire().on(MINT, reply(401, {"message": "A JSON web token could not be decoded"}))
    with pytest.raises(SettingsError, match="AI_REVIEW_GITHUB_APP_ID"):
        await ask(wire, Installation(app, 5))
    assert len(wire.requests) == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_an_installation_that_is_gone_or_suspended_is_lost_access(app: AppKey, status: int) -> None:
    wire = Wire().on(MINT, reply(status, {"message": "This installation has been suspended"}))
    with pytest.raises(AccessLost):
        await ask(wire, Installation(app, 5))


async def test_minting_is_repeated_but_not_counted_as_a_call(app: AppKey) -> None:
    wire = Wire().on(MINT, reply(502), httpx.ReadTimeout("slow"), minted("t1")).on("GET /x", accepting("t1"))
    assert await ask(wire, Installation(app, 5)) == 1
    assert wire.sent().count(MINT) == 3


async def test_minting_that_keeps_failing_is_unavailable(app: AppKey) -> None:
    with pytest.raises(GitHubUnavailable):
        await ask(Wire().on(MINT, reply(503)), Installation(app, 5))


async def test_a_token_serves_many_connections(app: AppKey) -> None:
    wire = Wire().on(MINT, minting()).on("GET /x", accepting("t1"))
    cache = MemoryTokenCache()
    await ask(wire, Installation(app, 5), cache)
    await ask(wire, Installation(app, 5), cache)
    assert wire.sent().count(MINT) == 1


async def test_a_token_that_ends_within_a_minute_is_used_once_and_not_kept(app: AppKey) -> None:
    wire = Wire().on(MINT, minted("t1", lifetime=59), minted("t2")).on("GET /x", accepting("t1", "t2"))
    cache = MemoryTokenCache()
    await ask(wire, Installation(app, 5), cache)
    await ask(wire, Installation(app, 5), cache)
    assert wire.sent().count(MINT) == 2


async def test_installations_do_not_share_tokens(app: AppKey) -> None:
    wire = Wire().on(MINT, minted("five")).on("POST /app/installations/6/access_tokens", minted("six"))
    wire.on("GET /x", accepting("five", "six"))
    cache = MemoryTokenCache()
    await ask(wire, Installation(app, 5), cache)
    await ask(wire, Installation(app, 6), cache)
    assert [request.headers["authorization"] for request in wire.requests[1::2]] == [
        "Bearer five",
        "Bearer six",
    ]


async def test_a_token_refused_in_mid_job_is_renewed_once_for_a_write_too(app: AppKey) -> None:
    wire = Wire().on(MINT, minting()).on("GET /x", accepting("t1")).on("POST /x", accepting("t2"))
    async with connect(Installation(app, 5), API, transport=wire.transport()) as github:
        await github.get("/x", Thing)
        assert await github.post("/x", {"a": 1}, Thing) == Thing(1)
    assert wire.bodies("POST /x") == [{"a": 1}, {"a": 1}]


async def test_a_token_that_is_refused_again_after_renewal_is_lost_access(app: AppKey) -> None:
    wire = Wire().on(MINT, minting()).on("GET /x", accepting())
    with pytest.raises(AccessLost):
        await ask(wire, Installation(app, 5))
    assert wire.sent().count(MINT) == 2


async def test_a_plain_token_is_not_renewed() -> None:
    wire = Wire().on("GET /x", accepting("other"))
    async with connect("ghp_mine", API, transport=wire.transport()) as github:
        with pytest.raises(AccessLost):
            await github.get("/x", Thing)
    assert len(wire.requests) == 1


async def test_many_cold_workers_mint_one_token(app: AppKey, valkey_url: str) -> None:
    wire = Wire().on(MINT, minting()).on("GET /x", accepting("t1"))

    async def worker() -> None:
        async with Redis.from_url(valkey_url) as client:
            await ask(wire, Installation(app, 5), RedisTokenCache(client, app.secret("tokens")))

    await asyncio.gather(*(worker() for _ in range(8)))
    assert wire.sent().count(MINT) == 1


async def test_many_workers_with_a_refused_token_renew_it_once(app: AppKey, shared_redis: Redis) -> None:
    wire = Wire().on(MINT, minting(iter(["fresh"]))).on("GET /x", accepting("fresh"))
    cache = RedisTokenCache(shared_redis, app.secret("tokens"))
    await cache.put("api.github.test:41:5", "stale", 3600)
    await asyncio.gather(*(ask(wire, Installation(app, 5), cache) for _ in range(5)))
    assert wire.sent().count(MINT) == 1


async def test_redis_holds_no_readable_token_and_forgets_it_in_time(app: AppKey, shared_redis: Redis) -> None:
    wire = Wire().on(MINT, minted("ghs_canary")).on("GET /x", accepting("ghs_canary"))
    await ask(wire, Installation(app, 5), RedisTokenCache(shared_redis, app.secret("tokens")))
    keys = await shared_redis.keys("*")
    assert len(keys) == 1
    assert b"ghs_canary" not in await shared_redis.get(keys[0])
    assert 3500 < await shared_redis.ttl(keys[0]) <= 3540


async def test_a_token_sealed_with_another_key_counts_as_none(shared_redis: Redis, app: AppKey) -> None:
    other = load_app_key("41", pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    await RedisTokenCache(shared_redis, other.secret("tokens")).put("name", "t1", 60)
    assert await RedisTokenCache(shared_redis, app.secret("tokens")).get("name") is None
    assert await RedisTokenCache(shared_redis, other.secret("tokens")).get("name") == "t1"


async def test_a_redis_that_does_not_answer_stops_nothing(app: AppKey, tmp_path: Path) -> None:
    wire = Wire().on(MINT, minting()).on("GET /x", accepting("t1"))
    async with Redis.from_url(f"unix://{tmp_path}/nobody.sock") as client:
        await ask(wire, Installation(app, 5), RedisTokenCache(client, app.secret("tokens")))
    assert wire.sent().count(MINT) == 1
