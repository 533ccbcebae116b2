from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.errors import (
    AccessLost,
    GitHubError,
    GitHubUnavailable,
    RateLimited,
    Rejected,
    TooLarge,
)
from bot.github import failures
from tests.support.wire import reply

NOW = 1_000_000.0


def error_of(response: httpx.Response) -> GitHubError:
    return failures.from_response(response, "GET /x", NOW)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "Bad credentials", AccessLost),
        (403, "Resource not accessible by integration", AccessLost),
        (403, "This installation has been suspended", AccessLost),
        (404, "Not Found", AccessLost),
        (410, "Gone", AccessLost),
        (451, "Repository access blocked", AccessLost),
        (406, "Sorry, the diff exceeded the maximum number of lines (20000)", TooLarge),
        (408, "", GitHubUnavailable),
        (422, "Validation Failed", Rejected),
        (500, "", GitHubUnavailable),
        (502, "Server Error", GitHubUnavailable),
        (503, "", GitHubUnavailable),
        (429, "", RateLimited),
    ],
)
def test_each_status_becomes_one_kind_of_error(status: int, message: str, kind: type[GitHubError]) -> None:
    error = error_of(reply(status, {"message": message}))
    assert type(error) is kind
    assert error.status == status
    assert message in str(error)


def test_retry_after_is_obeyed_to_the_second() -> None:
    error = error_of(reply(403, {"message": "secondary"}, retry_after="37", x_ratelimit_remaining="0"))
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + 37


def test_a_used_up_limit_waits_for_its_reset() -> None:
    headers = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(NOW) + 3000)}
    error = error_of(reply(403, {"message": "API rate limit exceeded"}, **headers))
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + 3000


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(NOW) - 5)},
        {"x_ratelimit_remaining": "4999", "x_ratelimit_reset": str(int(NOW) + 3000)},
        {"x_ratelimit_remaining": "0"},
        {"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"},
        {"retry_after": "-3"},
    ],
)
def test_a_pause_of_unknown_length_is_a_minute(headers: dict[str, str]) -> None:
    body = {"message": "You have exceeded a secondary rate limit"}
    for status in (403, 429):
        error = error_of(reply(status, body, **headers))
        assert isinstance(error, RateLimited)
        assert error.retry_at == NOW + 60


def test_no_pause_is_longer_than_two_hours() -> None:
    for headers in (
        {"retry_after": "9" * 30},
        {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "9" * 12},
    ):
        error = error_of(reply(429, **headers))
        assert isinstance(error, RateLimited)
        assert error.retry_at == NOW + 7200


def test_abuse_in_a_422_is_a_rate_limit_and_no_refusal() -> None:
    body = {"message": "Validation Failed", "errors": [{"resource": "Issue", "code": "abuse", "field": "x"}]}
    error = error_of(reply(422, body))
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + 60


def test_a_403_without_any_word_of_limits_is_no_rate_limit() -> None:
    error = error_of(reply(403, {"message": "Must have push access"}, x_ratelimit_remaining="4000"))
    assert isinstance(error, AccessLost)


def test_a_diff_that_takes_too_long_to_make_counts_as_too_large() -> None:
    errors = [{"resource": "PullRequest", "field": "diff", "code": "not_available"}]
    assert isinstance(error_of(reply(500, {"message": "Sorry", "errors": errors})), TooLarge)


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        (["Line could not be resolved"], "Line could not be resolved"),
        ("Path could not be resolved", "Path could not be resolved"),
        ([{"code": "custom", "field": "body", "message": "is too long"}], "body custom is too long"),
    ],
)
def test_every_form_of_githubs_errors_is_in_the_message(errors: Any, said: str) -> None:
    assert said in str(error_of(reply(422, {"message": "Unprocessable Entity", "errors": errors})))


@pytest.mark.parametrize("body", [b"", b"<html>Unicorn!</html>", b"[1, 2]", b'"x"', b"{", b"[" * 100_000])
def test_an_answer_that_is_no_object_has_no_description(body: bytes) -> None:
    assert failures.describe(body) == ""
    assert isinstance(error_of(httpx.Response(502, content=body)), GitHubUnavailable)


def test_a_message_stays_one_short_line() -> None:
    said = failures.describe(
        httpx.Response(400, json={"message": "a\nlevel=error\x1b[31m" + "b" * 9000}).content
    )
    assert "\n" not in said
    assert "\x1b" not in said
    assert len(said) <= 300


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["RATE_LIMITED"], RateLimited),
        (["RATE_LIMIT"], RateLimited),
        (["NOT_FOUND"], AccessLost),
        (["FORBIDDEN"], AccessLost),
        ([None], GitHubUnavailable),
        (["MAX_NODE_LIMIT_EXCEEDED"], Rejected),
        (["NOT_FOUND", "RATE_LIMITED"], RateLimited),
    ],
)
def test_graphql_errors_become_the_same_kinds(types: list[str | None], kind: type[GitHubError]) -> None:
    errors = [{"message": "m", **({"type": name} if name else {})} for name in types]
    assert type(failures.from_graphql(errors, httpx.Headers(), "graphql", NOW)) is kind
