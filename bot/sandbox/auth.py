"""Who is asking, and what they may do.

An App proves itself with a short-lived JWT and may then mint installation tokens; people have their own.

What is *not* here: which permission a route needs (api/ says it beside each route).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.sandbox.errors import ApiError, forbidden
from bot.sandbox.memory import State
from bot.sandbox.state import App, Installation, Repository, Token, User

LONGEST_JWT_SECONDS = 600
_LEVELS = {"": 0, "read": 1, "write": 2, "admin": 3}
_ROLES = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: an App itself (JWT), a token's holder, or nobody."""

    app: App | None = None
    token: Token | None = None

    @property
    def name(self) -> str:
        """For the log of calls: `app SLUG`, `SLUG[bot]`, a login, or `anonymous`."""
        if self.app is not None:
            return f"app {self.app.slug}"
        return self.token.user.login if self.token else "anonymous"

    @property
    def user(self) -> User:
        """The account that a write is put down to."""
        if self.token is None:
            raise ApiError(401, "Requires authentication")
        return self.token.user

    @property
    def installation(self) -> Installation | None:
        """The installation that a token stands for."""
        return self.token.installation if self.token else None

    def permits(self, permission: str, level: str) -> bool:
        """Whether an installation token carries a permission. Reading metadata is always allowed."""
        if self.token is None:
            return False
        granted = "read" if permission == "metadata" else self.token.permissions.get(permission, "")
        return _LEVELS[granted] >= _LEVELS[level]


def new_private_key() -> str:
    """A fresh RSA key as PEM text."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


def authenticate(state: State, header: str, now: float) -> Actor:
    """Read an Authorization header.

    Raises:
        ApiError: 401 for anything that is not valid now, 403 for a suspended installation.
    """
    if not header:
        return Actor()
    scheme, _, credential = header.strip().partition(" ")
    credential = credential.strip()
    if scheme.lower() not in {"bearer", "token"} or not credential:
        raise ApiError(401, "Bad credentials")
    if credential.count(".") == 2 and credential.startswith("ey"):
        return Actor(app=_app_of(state, credential, now))
    token = state.tokens.get(credential)
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        raise ApiError(401, "Bad credentials")
    if token.installation is not None:
        _check_alive(state, token.installation)
    return Actor(token=token)


def mint(state: State, installation: Installation, wanted: Mapping[str, Any], now: float, life: int) -> Token:
    """A token of an installation, narrowed to `repositories`, `repository_ids` and `permissions` if given."""
    _check_alive(state, installation)
    token = Token(
        text=f"ghs_{secrets.token_urlsafe(64)}",
        user=installation.app.bot,
        installation=installation,
        permissions=_permissions(installation, wanted.get("permissions")),
        repository_ids=_narrowed(state, installation, wanted),
        expires_at=now + life,
    )
    state.tokens[token.text] = token
    return token


def is_visible(actor: Actor, repository: Repository) -> bool:
    """Whether the caller may know of a repository."""
    token = actor.token
    if token is None or not repository.private:
        return not repository.private
    if token.installation is None:
        return repository.role_of(token.user.login) != "none"
    narrowed = token.repository_ids is not None and repository.id not in token.repository_ids
    return token.installation.covers(repository) and not narrowed


def check_permitted(actor: Actor, repository: Repository, needs: Sequence[tuple[str, str]]) -> None:
    """Raise 401 or 403 unless one of the (permission, level) pairs is granted."""
    writes = any(level == "write" for _, level in needs)
    if actor.token is None:
        if writes:
            raise ApiError(401, "Requires authentication")
        return
    installation = actor.token.installation
    if installation is None:
        return  # a person may read what they see and comment on it; edits look at roles themselves
    if not installation.covers(repository):
        if writes:
            raise forbidden()
        return
    if not any(actor.permits(permission, level) for permission, level in needs):
        raise forbidden()


def may_write(repository: Repository, user: User) -> bool:
    """Whether a person may change what others said."""
    return _ROLES[repository.role_of(user.login)] >= _ROLES["write"]


def _check_alive(state: State, installation: Installation) -> None:
    if installation.id not in state.installations:
        raise ApiError(401, "Bad credentials")
    if installation.suspended_at is not None:
        raise ApiError(403, f"The installation on {installation.account.login} is suspended")


def _permissions(installation: Installation, asked: Mapping[str, str] | None) -> dict[str, str]:
    if asked is None:
        return dict(installation.permissions)
    for name, level in asked.items():
        if level not in _LEVELS or _LEVELS[installation.permissions.get(name, "")] < _LEVELS[level]:
            raise ApiError(422, f"The installation does not have the permission {name}: {level}")
    return dict(asked)


def _narrowed(state: State, installation: Installation, wanted: Mapping[str, Any]) -> set[int] | None:
    if wanted.get("repositories") is None and wanted.get("repository_ids") is None:
        return None
    known: dict[str | int, int] = {}
    for one in state.repositories.values():
        if installation.covers(one):
            known[one.name] = known[one.id] = one.id
    asked = [*(wanted.get("repositories") or ()), *(wanted.get("repository_ids") or ())]
    if strangers := [str(name) for name in asked if name not in known]:
        raise ApiError(422, f"The installation does not cover {', '.join(strangers)}")
    return {known[name] for name in asked}


def _app_of(state: State, text: str, now: float) -> App:
    app = _claimed_app(state, text)
    key = _public_key(app.private_key)
    # The sandbox has a clock of its own, so the times are checked here and not by the library.
    own_clock = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        claims = jwt.decode(text, key, algorithms=["RS256"], options=own_clock)  # type: ignore[arg-type]
    except jwt.InvalidTokenError:
        raise ApiError(401, "A JSON web token could not be decoded") from None
    _check_times(claims, now)
    return app


@lru_cache(maxsize=4)
def _public_key(private_pem: str) -> rsa.RSAPublicKey:
    """What GitHub keeps of an App's key."""
    key = serialization.load_pem_private_key(private_pem.encode(), None).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ApiError(401, "A JSON web token could not be decoded")
    return key


def _claimed_app(state: State, text: str) -> App:
    try:
        claims = jwt.decode(text, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise ApiError(401, "A JSON web token could not be decoded") from None
    issuer = str(claims.get("iss", ""))
    app = next((one for one in state.apps.values() if issuer in (str(one.id), one.client_id)), None)
    if app is None:
        raise ApiError(404, "Integration not found")
    return app


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or issued > now:
        wanted = "must be an Integer representing the time that the assertion was issued"
        raise ApiError(401, f"'Issued at' claim ('iat') {wanted}")
    if not isinstance(expires, int) or expires <= now:
        raise ApiError(
            401, "'Expiration time' claim ('exp') must be a numeric value representing the future time"
        )
    if expires > now + LONGEST_JWT_SECONDS:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
