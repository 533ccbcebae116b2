"""Who we are to GitHub: the App's key, a plain token, and an installation's short-lived tokens.

Installation tokens live for an hour. They are minted once for all workers (a lock around an empty cache),
used until a minute before they end, and renewed once when GitHub refuses one earlier.

What is *not* here: where tokens are kept (token_cache.py), sending requests (client.py).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from bot.errors import AccessLost, AppKeyUnusable
from bot.github.token_cache import TokenCache

JWT_BACKDATED: Final = 60
"""Seconds a JWT is dated back: GitHub refuses one from the future, and clocks differ."""
JWT_LIFETIME: Final = 480
"""Seconds from now; with the backdating nine minutes in all. GitHub's limit is ten."""
TOKEN_MARGIN: Final = 60
"""Seconds before its end from which a token is no longer handed out."""
_SKEW_NOTICED: Final = 20


@dataclass(frozen=True, slots=True)
class AppKey:
    """A GitHub App: its id (or client id) and private key."""

    app_id: str
    key: RSAPrivateKey = field(repr=False)

    def sign(self, now: float) -> str:
        """A JWT that speaks for the App, RS256. `now` is POSIX time in seconds."""
        claims = {"iss": self.app_id, "iat": int(now) - JWT_BACKDATED, "exp": int(now) + JWT_LIFETIME}
        return jwt.encode(claims, self.key, algorithm="RS256")

    def secret(self, purpose: str) -> bytes:
        """A Fernet key of our own, derived from the private key: every worker has it, Redis does not."""
        raw = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return base64.urlsafe_b64encode(hmac.new(raw, purpose.encode(), hashlib.sha256).digest())


def load_app_key(app_id: str, private_key: str) -> AppKey:
    """The App from its two settings.

    `private_key` is PEM text (also with newlines written as backslash and n, as some tools store it), or the
    path of a file.

    Raises:
        AppKeyUnusable: the key cannot be read or is no RSA private key; the key itself is never repeated.
    """
    text = private_key if "-----BEGIN" in private_key else _read_key_file(private_key)
    key = _key_of(text.replace("\\n", "\n"))
    if key is None:
        raise AppKeyUnusable(
            "AI_REVIEW_GITHUB_PRIVATE_KEY is no unencrypted RSA private key: give the text of the .pem file"
            " that GitHub made for the App, or the path of that file"
        )
    return AppKey(app_id, key)


@lru_cache(maxsize=1)
def _key_of(pem: str) -> RSAPrivateKey | None:
    """None where it is no RSA private key. To look whether one is sound takes 30 ms: that is done once."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None


def _read_key_file(name: str) -> str:
    try:
        return Path(name).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError, RuntimeError):  # unreadable; not text; no home directory
        raise AppKeyUnusable(
            "AI_REVIEW_GITHUB_PRIVATE_KEY names a file that cannot be read:"
            " give the path of the App's .pem file, readable by this user, or its text"
        ) from None


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation of the App: what a job acts as."""

    app: AppKey
    installation_id: int


class PlainAuth(httpx.Auth):
    """A token that is what it is: one-shot use without an App."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        """The token."""
        return self._token

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Add the token."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class AppAuth(httpx.Auth):
    """The App itself, by JWT. Signed anew by GitHub's clock, once, where ours turns out to be off."""

    def __init__(self, app: AppKey, now: Callable[[], float] = time.time) -> None:
        self._app = app
        self._now = now

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Add a JWT; on 401 with a clock that differs, sign for that clock and send again."""
        now = self._now()
        request.headers["Authorization"] = f"Bearer {self._app.sign(now)}"
        response = yield request
        theirs = _date(response)
        if response.status_code == 401 and theirs is not None and abs(theirs - now) > _SKEW_NOTICED:
            request.headers["Authorization"] = f"Bearer {self._app.sign(theirs)}"
            yield request


@dataclass(frozen=True, slots=True)
class MintedToken:
    """A fresh installation token.

    Attributes:
        expires_at: POSIX time in seconds.
    """

    token: str = field(repr=False)
    expires_at: float


Mint = Callable[[], Awaitable[MintedToken]]


class InstallationAuth(httpx.Auth):
    """An installation, by tokens from the shared cache."""

    def __init__(
        self, name: str, mint: Mint, cache: TokenCache, now: Callable[[], float] = time.time
    ) -> None:
        """`name` identifies the installation in the cache; `mint` asks GitHub for a new token."""
        self._name = name
        self._mint = mint
        self._cache = cache
        self._now = now

    async def token(self) -> str:
        """One that is good for at least a minute, as far as is known."""
        return await self._cache.get(self._name) or await self._renewed(None)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Add a token; where GitHub refuses it (401), get another one and send again, once.

        A refused request had no effect, so this is right for writes too.
        """
        token = await self.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            request.headers["Authorization"] = f"Bearer {await self._renewed(token)}"
            yield request

    async def _renewed(self, refused: str | None) -> str:
        """Another token than `refused`: one that another worker has just minted, or a fresh one."""
        async with self._cache.lock(self._name):
            known = await self._cache.get(self._name)
            if known is not None and known != refused:
                return known
            minted = await self._mint()
            lifetime = int(minted.expires_at - self._now()) - TOKEN_MARGIN
            if lifetime > 0:
                await self._cache.put(self._name, minted.token, lifetime)
            return minted.token


def refused_key(error: AccessLost) -> AppKeyUnusable | AccessLost:
    """What a failed minting means: a wrong App id or key, or else something about the installation.

    Nobody can tell a wrong key from a right one that GitHub or the clock is at odds with for a moment.
    """
    if error.status != 401 and "Integration not found" not in str(error):
        return error
    return AppKeyUnusable(
        "GitHub does not accept the App's key: AI_REVIEW_GITHUB_APP_ID and AI_REVIEW_GITHUB_PRIVATE_KEY"
        " must belong to the same App, and the clock of this machine must be right"
    )


def _date(response: httpx.Response) -> float | None:
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
