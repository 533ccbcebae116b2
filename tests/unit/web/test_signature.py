"""The signature of a webhook: raw bytes, SHA-256, lower-case digits, one of several secrets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.web.signature import SignatureCheck, is_well_formed
from tests.support.webhooks import sign

# GitHub's own test vector, from its page on validating deliveries.
VECTOR_SECRET = b"It's a Secret to Everybody"
VECTOR_BODY = b"Hello, World!"
VECTOR = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def accepts(secrets: list[bytes], body: bytes, header: str) -> bool:
    check = SignatureCheck(secrets)
    check.update(body)
    return check.accepts(header)


def test_githubs_own_vector_is_accepted() -> None:
    assert accepts([VECTOR_SECRET], VECTOR_BODY, VECTOR)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        VECTOR.removeprefix("sha256="),
        VECTOR[:-1],
        VECTOR + "0",
        VECTOR + "\n",
        " " + VECTOR,
        "sha256=" + VECTOR.removeprefix("sha256=").upper(),
        VECTOR.replace("sha256", "SHA256"),
        "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59",
        "sha1=" + VECTOR.removeprefix("sha256="),
        VECTOR[:-1] + "é",
        VECTOR[:-1] + "\u0667",
        VECTOR[:-1] + "\udc80",
    ],
)
def test_a_header_that_github_would_not_write_is_refused(header: str) -> None:
    assert not accepts([VECTOR_SECRET], VECTOR_BODY, header)
    assert not is_well_formed(header)


def test_every_secret_of_a_rotation_is_accepted_and_a_removed_one_is_not() -> None:
    old, new, other = b"old", b"new", b"other"
    for secret in (old, new):
        assert accepts([old, new], VECTOR_BODY, sign(VECTOR_BODY, secret))
    assert not accepts([new], VECTOR_BODY, sign(VECTOR_BODY, old))
    assert not accepts([old, new], VECTOR_BODY, sign(VECTOR_BODY, other))


def test_no_secret_accepts_nothing() -> None:
    assert not accepts([], VECTOR_BODY, sign(VECTOR_BODY, b""))


@settings(max_examples=60, deadline=None)
@given(
    secret=st.binary(min_size=1, max_size=80),
    pieces=st.lists(st.binary(max_size=60), max_size=6),
    data=st.data(),
)
def test_only_the_signed_bytes_are_accepted_however_they_arrive(
    secret: bytes, pieces: list[bytes], data: st.DataObject
) -> None:
    body = b"".join(pieces)
    check = SignatureCheck([secret])
    for piece in pieces:
        check.update(piece)
    assert check.accepts(sign(body, secret))

    altered = data.draw(st.binary(max_size=80).filter(lambda other: other != body))
    assert not accepts([secret], altered, sign(body, secret))


@settings(max_examples=60, deadline=None)
@given(header=st.text(max_size=100))
def test_no_header_makes_the_check_fail_with_an_error(header: str) -> None:
    assert not accepts([VECTOR_SECRET], VECTOR_BODY, header)
