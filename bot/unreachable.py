"""Why a server could not be reached, in words for who set its address.

Only what an operator can mend is told apart; nothing that the server or a library said is repeated.

What is *not* here: answers of a server that was reached (bot.github.failures, workers.models.failures).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

_MOST_CAUSES: Final = 20

_REASONS: Final[tuple[tuple[Callable[[BaseException], bool], str], ...]] = (
    (lambda error: type(error).__name__ == "UnsupportedProtocol", "the address lacks http:// or https://"),
    (lambda error: isinstance(error, socket.gaierror), "this host is not known"),
    (
        lambda error: isinstance(error, ssl.SSLCertVerificationError),
        "its certificate is not trusted (SSL_CERT_FILE may name a file of your own authorities)",
    ),
    (lambda error: isinstance(error, ssl.SSLError), "no TLS connection could be agreed on"),
    (lambda error: isinstance(error, ConnectionRefusedError), "the connection was refused"),
    (lambda error: type(error).__name__ == "ProxyError", "the proxy did not let it through"),
    (
        lambda error: isinstance(error, TimeoutError) or "Timeout" in type(error).__name__,
        "there was no answer in time",
    ),
    (lambda error: isinstance(error, ConnectionError), "the connection was cut"),
)


def why_unreachable(error: BaseException) -> str:
    """Half a sentence; `the connection failed` where the exceptions say no more."""
    chain = list(islice(_chain(error), _MOST_CAUSES))
    for holds, words in _REASONS:
        if any(map(holds, chain)):
            return words
    return "the connection failed"


def shown_address(address: str) -> str:
    """An address as it may be printed: without user, password, query and fragment."""
    bare = address.partition("?")[0].partition("#")[0]
    scheme, separator, rest = bare.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}".rstrip("/")


def is_web_address(address: str) -> bool:
    """Whether it begins with http:// or https:// and names a host."""
    try:
        parts = urlsplit(address.strip())
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, everything that caused it, and what is bundled in it: one try for each address of a host."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _chain(one)
    cause = error.__cause__ or error.__context__
    if cause is not None:
        yield from _chain(cause)
