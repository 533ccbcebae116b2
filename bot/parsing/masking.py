"""Secrets in text that goes to a model, each behind a mask: `[masked:github-token:3fa]`.

A mask says what it hides and ends in a digest, so that equal secrets look equal, today and in the next
review, and different ones do not. The digest is short: it tells secrets apart and nothing of use about one.
Lines stay where they are, since no mask spans two. What is masked stays as it is when it is masked again.
What is *not* here: what a secret looks like (bot.parsing.secret_shapes, .secret_names, .secret_uses,
.private_keys), and logs (bot.telemetry.redaction).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from bot.parsing.private_keys import AN_END, LINE_OF_A_KEY, private_keys
from bot.parsing.secret_names import named_secrets
from bot.parsing.secret_shapes import SHAPES, Shape, is_known_password, secret_span
from bot.parsing.secret_uses import used_secrets

_MASK: Final = re.compile(r"\[masked:[a-z-]{1,40}:[0-9a-f]{3}\]")


def masked(text: str) -> str:
    """The text with every secret behind a mask; the very same text where there is none."""
    parts: list[str] = []
    end = 0
    for start, stop, kind in _united(_secrets(text)):
        parts += (text[end:start], _mask(text[start:stop], kind))
        end = stop
    return "".join((*parts, text[end:])) if parts else text


def masked_alone(line: str) -> str:
    """One line without those around it, masked: what may be of a private key counts as such."""
    return masked(f"{line}\n{AN_END}").split("\n", 1)[0] if len(line) >= LINE_OF_A_KEY else masked(line)


def known_secrets(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each secret that its look gives away, in order; each line of a private key.

    Left out are passwords in addresses and signed documents: most of those that people write are examples.
    """
    shapes = (shape for shape in SHAPES if shape.kind not in ("password", "json-web-token"))
    shaped = chain.from_iterable(_shaped(text, shape) for shape in shapes)
    return _united(sorted(chain(shaped, private_keys(text)), key=lambda secret: secret[0]))


def holds_mask(text: str) -> bool:
    """Whether a text has a mask in it: it must not be written back where the secret stands."""
    return _MASK.search(text) is not None


def _secrets(text: str) -> Iterable[tuple[int, int, str]]:
    """Start, end and kind, by start; those known by their look before those known by a name or use."""
    shaped = chain.from_iterable(_shaped(text, shape) for shape in SHAPES)
    told = chain(private_keys(text), named_secrets(text), used_secrets(text))
    return sorted(chain(shaped, told), key=lambda secret: secret[0])


def _shaped(text: str, shape: Shape) -> Iterator[tuple[int, int, str]]:
    for hint in shape.hints:
        at = text.find(hint)
        while at >= 0:
            match = shape.in_code.match(text, at)
            if match is not None:
                start, end = secret_span(match)
                if shape.kind != "password" or not is_known_password(text[start:end]):
                    yield start, end, shape.kind
            at = text.find(hint, match.end() if match else at + 1)


def _united(secrets: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Those that overlap as one; of those that begin alike the first one, which knows its end best."""
    current: tuple[int, int, str] | None = None
    for start, end, kind in secrets:
        if current is not None and start < current[1]:
            if start > current[0]:
                current = (current[0], max(current[1], end), current[2])
            continue
        if current is not None:
            yield current
        current = (start, end, kind)
    if current is not None:
        yield current


def _mask(secret: str, kind: str) -> str:
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:3]
    return f"[masked:{kind}:{digest}]"
