"""What went wrong, in words of our error tree: answers of GitHub and exceptions of the libraries.

Pure: values in, an error out. Rate limits become a time, never a pause: the job is put back on the queue,
and a worker does not sleep for GitHub.

What is *not* here: deciding whether to repeat (client.py).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import httpx
from githubkit.exception import GitHubException, RequestError, RequestFailed

from bot.errors import (
    AccessLost,
    GitHubError,
    GitHubUnavailable,
    RateLimited,
    Rejected,
    ReviewBotError,
    TooLarge,
)
from bot.unreachable import why_unreachable

LEAST_PAUSE: Final = 60.0
"""Seconds to wait where GitHub asks for a pause and does not say how long; its own advice."""
LONGEST_PAUSE: Final = 7200.0
"""Seconds; a primary limit resets within an hour, so anything longer is a mistake or malice."""

_PAUSE_WORDS = ("rate limit", "abuse detection", "temporarily blocked")
_LIMITED = frozenset({"RATE_LIMIT", "RATE_LIMITED"})
_ABSENT = frozenset({"NOT_FOUND", "FORBIDDEN"})
_GONE = _ABSENT | {"INSUFFICIENT_SCOPES"}


def from_exception(error: Exception, what: str, now: float) -> ReviewBotError:
    """The error for an exception that githubkit raised for a request.

    `what` is method and path, for the message; `now` is POSIX time in seconds.
    """
    if isinstance(error, RequestFailed):
        return from_response(error.response.raw_response, what, now)
    if isinstance(error, RequestError):
        cause = error.exc
        if isinstance(cause, ReviewBotError):  # raised by our own credentials or transport below githubkit
            return cause
        return GitHubUnavailable(f"{what}: {_host(cause)} could not be reached: {why_unreachable(cause)}")
    if isinstance(error, GitHubException):
        return GitHubUnavailable(f"{what}: {type(error).__name__}")
    # githubkit's own reading of the headers of a rate limit failed on one that is no number
    return RateLimited(f"{what}: rate limit", retry_at=now + LEAST_PAUSE)


def from_response(response: httpx.Response, what: str, now: float) -> GitHubError:
    """The error for an answer that is no success."""
    status, detail = response.status_code, describe(response.content)
    message = f"{what}: {status} {detail}".rstrip()
    codes = _codes(response.content)
    if status == 429 or (status == 403 and _asks_for_pause(response.headers, detail)) or "abuse" in codes:
        return RateLimited(message, retry_at=retry_time(response.headers, now), status=status)
    if status == 406 or codes & {"too_large", "not_available"}:
        return TooLarge(message, status=status)
    if status in (401, 403, 404, 410, 451):
        return AccessLost(message, status=status)
    if status >= 500 or status == 408 or status < 400:
        return GitHubUnavailable(message, status=status)
    return Rejected(message, status=status)


def from_graphql(
    errors: Iterable[Mapping[str, Any]], headers: httpx.Headers, what: str, now: float
) -> GitHubError:
    """The error for a GraphQL answer, which carries its errors under status 200."""
    problems = list(errors)
    types = {str(problem.get("type")) for problem in problems}
    message = f"{what}: {_clean(' '.join(str(problem.get('message', '')) for problem in problems))}"
    if types & _LIMITED:
        return RateLimited(message, retry_at=retry_time(headers, now), status=200)
    if types & _GONE:
        return AccessLost(message, status=200)
    if types == {"None"}:  # 'Something went wrong while executing your query' has no type
        return GitHubUnavailable(message, status=200)
    return Rejected(message, status=200)


def is_absence(problem: Mapping[str, Any], optional: Collection[str]) -> bool:
    """Whether an error of a GraphQL answer only says that one of these fields is not there, or not for us."""
    path = problem.get("path")
    named = isinstance(path, list) and bool(path) and path[0] in optional
    return named and problem.get("type") in _ABSENT


def retry_time(headers: httpx.Headers, now: float) -> float:
    """From when on a new try is allowed, POSIX time in seconds.

    `retry-after` counts first; then the reset of a used-up limit, if it is still to come; else a minute.
    Source: GitHub's page on rate limits of the REST API.
    """
    after = _number(headers, "retry-after")
    if after is not None:
        return now + min(max(after, 1.0), LONGEST_PAUSE)
    reset = _number(headers, "x-ratelimit-reset")
    if _number(headers, "x-ratelimit-remaining") == 0 and reset is not None and reset > now:
        return min(reset, now + LONGEST_PAUSE)
    return now + LEAST_PAUSE


def describe(content: bytes) -> str:
    """GitHub's message and errors as one short line; empty where there are none."""
    data = _object(content)
    errors = data.get("errors")
    parts = [str(data.get("message", ""))]
    for problem in errors if isinstance(errors, list) else [errors] if errors else []:
        if isinstance(problem, dict):
            parts += [str(problem[key]) for key in ("field", "code", "message") if problem.get(key)]
        else:
            parts.append(str(problem))
    return _clean(" ".join(part for part in parts if part))


def _host(error: BaseException) -> str:
    """Which server was asked."""
    try:
        return error.request.url.netloc.decode() if isinstance(error, httpx.RequestError) else "GitHub"
    except RuntimeError:  # the library does not know
        return "GitHub"


def _asks_for_pause(headers: httpx.Headers, detail: str) -> bool:
    if "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0":
        return True
    return any(word in detail.lower() for word in _PAUSE_WORDS)


def _codes(content: bytes) -> set[str]:
    errors = _object(content).get("errors")
    if not isinstance(errors, list):
        return set()
    return {str(problem.get("code")) for problem in errors if isinstance(problem, dict)}


def _object(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):  # an HTML page of a proxy, or nonsense
        return {}
    return data if isinstance(data, dict) else {}


def _number(headers: httpx.Headers, name: str) -> float | None:
    text = headers.get(name, "").strip()
    return float(text[:12]) if text.isdecimal() else None


def _clean(text: str, limit: int = 300) -> str:
    """One printable line of bounded length: it goes to a log."""
    return "".join(char if char.isprintable() else " " for char in text)[:limit].strip()
