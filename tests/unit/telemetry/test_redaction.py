"""Secrets are taken out by value and by look; ordinary text stays."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telemetry.redaction import REDACTED, Redactor

# Invented, and put together here so that no scanner takes this file for a leak.
BODY = "Ab1" * 12
DOCUMENT = "eyJhbGciOiJSUzI1NiJ9" + "." + "eyJpc3MiOiI0MDQwIn0" + "." + "c2lnbmF0dXJlLW9mLXRoaXM"
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX\n"
    "secondlineofthekey0123456789\n-----END RSA PRIVATE KEY-----"
)

BY_LOOK = {
    "personal token": "ghp_" + BODY,
    "installation token": "ghs_" + BODY,
    "long installation token": "ghs_" + "4040_" + DOCUMENT + "x" * 400,
    "fine-grained token": "github_pat_11" + BODY + "_" + BODY,
    "old installation token": "v1." + "0af3" * 10,
    "token of an App": DOCUMENT,
    "key": "sk-" + BODY,
    "project key": "sk-proj-" + BODY,
    "other vendor's key": "sk-ant-api03-" + BODY,
    "PEM block": PEM,
}


@pytest.mark.parametrize("secret", BY_LOOK.values(), ids=BY_LOOK.keys())
@pytest.mark.parametrize(
    "text", ["{}", "it is {}.", "token={}&page=2", "'{}'", "https://host/path?key={}", "one\n{}\ntwo"]
)
def test_a_secret_that_is_known_by_its_look_is_taken_out(secret: str, text: str) -> None:
    clean = Redactor().clean(text.format(secret))
    assert REDACTED in clean
    for length in (len(secret), 12):
        assert secret[-length:].strip(".") not in clean or secret == PEM
    assert "MIIBOg" not in clean


@pytest.mark.parametrize("secret", [BY_LOOK["personal token"], BY_LOOK["installation token"], PEM])
def test_what_cannot_be_an_ordinary_word_is_taken_out_inside_of_one_too(secret: str) -> None:
    assert Redactor().clean(f"token_x{secret}") == f"token_x{REDACTED}"


@pytest.mark.parametrize("pem", [PEM.replace("\n", "\\n"), repr(PEM), json.dumps(PEM), PEM[:90], PEM[:60]])
def test_a_key_is_taken_out_also_when_it_was_escaped_or_cut(pem: str) -> None:
    assert "MIIBOg" not in Redactor().clean(f"the key is {pem}")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        "authorization: token {}",
        "Authorization: Basic {}",
        "{{'Authorization': 'Bearer {}'}}",
        '{{"authorization":"{}"}}',
        "[(b'authorization', b'token {}')]",
        "Headers({{'x-api-key': '{}'}})",
        "Proxy-Authorization: Basic {}",
        "Cookie: {}",
        "sent Bearer {} to the host",
        "https://user:{}@host/path",
        "redis://:{}@redis:6379/0",
        "https://x-access-token:{}@github.com/acme/web.git",
    ],
)
def test_credentials_in_headers_and_addresses_are_taken_out(text: str) -> None:
    clean = Redactor().clean(text.format("plainwordsecret"))
    assert "plainwordsecret" not in clean
    assert REDACTED in clean


@pytest.mark.parametrize(
    "text",
    [
        "harbour/ferry#17 at 4f1c8a0be97d35a6c2b1d0e8f7a69384c5d2e1f0",
        "Delivery refused: authorization failed, the bearer of bad news",
        "a risk-assessment-of-the-whole-thing and a task-1234567890123456",
        "https://api.github.com/repos/harbour/ferry/pulls/17?per_page=100",
        "mail someone@example.org, ping redis://redis:6379/0",
        "version v1.2.3 of ghs_short",
        "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "Café ☕ 第一",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert Redactor(["another secret"]).clean(text) == text


@pytest.mark.parametrize(
    "secret", ["s3cret", 'quo"te', "back\\slash", "new\nline here", "käse-ümlaut", "a b&c/d", "p@ss:word"]
)
def test_an_exact_secret_is_taken_out_in_every_spelling(secret: str) -> None:
    redactor = Redactor([secret])
    for spelling in (secret, repr(secret), ascii(secret), json.dumps(secret), quote(secret, safe="")):
        clean = redactor.clean(f"before {spelling} after")
        assert clean.replace("'", "").replace('"', "") == f"before {REDACTED} after"


def test_each_long_line_of_a_secret_is_a_secret() -> None:
    key = base64.b64encode(bytes(range(96))).decode()
    lines = [key[:64], key[64:]]
    clean = Redactor(["-----BEGIN THING-----\n" + "\n".join(lines) + "\n-----END THING-----"]).clean(
        f"got {lines[1]}"
    )
    assert clean == f"got {REDACTED}"


def test_a_secret_that_contains_another_goes_as_a_whole() -> None:
    assert Redactor(["abcd", "abcdefgh"]).clean("xabcdefghx") == f"x{REDACTED}x"


def test_empty_and_tiny_secrets_do_not_blank_out_everything() -> None:
    assert Redactor(["", " ", "a", "abc"]).clean("abc a b") == "abc a b"


def test_values_are_cleaned_deep_down_and_fit_for_json() -> None:
    value = {
        "s3cret": [("s3cret", b"s3cret"), {"x": Exception("s3cret")}],
        "n": 1,
        "ok": True,
        "f": 0.5,
        "none": None,
    }
    clean = Redactor(["s3cret"]).clean_value(value | {"nan": float("nan")})
    assert "s3cret" not in json.dumps(clean, allow_nan=False)
    assert isinstance(clean, dict)
    assert (clean["n"], clean["ok"], clean["f"], clean["none"], clean["nan"]) == (1, True, 0.5, None, "nan")


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "eyJ",
        "eyJaaaaaaaaa.",
        "ghs_",
        "sk-",
        "://",
        "a://",
        "-----BEGIN ",
        "-----BEGIN A-----",
        "authorization",
        "authorization:",
        "bearer ",
        "https://a:",
    ],
)
def test_no_text_takes_more_than_a_moment(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    started = time.perf_counter()
    Redactor(["a secret"]).clean(text)
    assert time.perf_counter() - started < 2


@settings(max_examples=80, deadline=None)
@given(
    secret=st.text(min_size=4, max_size=40).filter(lambda text: len(text.strip()) >= 4),
    before=st.text(max_size=30),
    after=st.text(max_size=30),
)
def test_no_exact_secret_survives_in_any_text(secret: str, before: str, after: str) -> None:
    secret = secret.strip()
    assert secret not in Redactor([secret]).clean(before + secret + after).replace(REDACTED, "\0")
