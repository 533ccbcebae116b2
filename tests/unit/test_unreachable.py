from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from bot.unreachable import is_web_address, shown_address, why_unreachable


def caused(cause: BaseException, error: BaseException | None = None) -> BaseException:
    outer = error or OSError("All connection attempts failed")
    outer.__cause__ = cause
    return outer


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (caused(ConnectionRefusedError()), "the connection was refused"),
        (
            caused(ExceptionGroup("tries", [TimeoutError(), ConnectionRefusedError()])),
            "the connection was refused",
        ),
        (caused(socket.gaierror(-2, "secret")), "this host is not known"),
        (httpx.UnsupportedProtocol("secret"), "the address lacks http:// or https://"),
        (httpx.ReadTimeout("secret"), "there was no answer in time"),
        (caused(TimeoutError()), "there was no answer in time"),
        (caused(ssl.SSLError("secret")), "no TLS connection could be agreed on"),
        (httpx.ProxyError("secret"), "the proxy did not let it through"),
        (caused(ConnectionResetError()), "the connection was cut"),
        (RuntimeError("secret"), "the connection failed"),
    ],
)
def test_what_an_operator_can_mend_is_told_apart(error: BaseException, words: str) -> None:
    assert why_unreachable(error) == words


def test_a_certificate_that_nobody_trusts_says_where_to_name_ones_own() -> None:
    assert "SSL_CERT_FILE" in why_unreachable(caused(ssl.SSLCertVerificationError("secret")))


def test_an_error_that_causes_itself_comes_to_an_end() -> None:
    error = RuntimeError()
    other = caused(error)
    error.__context__ = other
    assert why_unreachable(other) == "the connection failed"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://user:pass@host.test:8080/v1/?key=secret#x", "https://host.test:8080/v1"),
        ("user:pass@host/v1", "host/v1"),
        ("127.0.0.1:9", "127.0.0.1:9"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(address: str, shown: str) -> None:
    assert shown_address(address) == shown


@pytest.mark.parametrize(
    ("address", "holds"),
    [
        ("http://h", True), ("https://h:1/v1", True), ("h:1/v1", False), ("https://", False),
        ("ftp://h", False), ("http://h:x", False), ("http://h:0", False), ("http://[::1", False),
    ],
)  # fmt: skip
def test_an_address_has_a_scheme_and_a_host(address: str, holds: bool) -> None:
    assert is_web_address(address) is holds
