"""Taking secrets out of text: those known by value, and those known by their look.

Every pattern runs in linear time, because the text may have been written by an attacker.
What is *not* here: the list of looks, shared with what models are shown (bot.parsing.secret_shapes), and that
text itself, which needs more care to keep lines in place (bot.parsing.masking).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Final
from urllib.parse import quote, quote_plus

from bot.parsing import private_keys
from bot.parsing.secret_shapes import SHAPES, secret_span

REDACTED: Final = "[redacted]"
# A shorter 'secret' would turn every log into blanks and protects nothing.
SHORTEST_SECRET: Final = 4
_SHORTEST_LINE: Final = 16

_HEADERS: Final[tuple[re.Pattern[str], ...]] = (
    re.compile(r"(?<![A-Za-z0-9_])v1\.[0-9a-f]{40}(?![0-9a-f])"),
    # As text, in a dict, or in a list of pairs; str or bytes.
    re.compile(
        r"""(?:authorization|x-api-key|api-key|cookie)["']?\s{0,4}[:=,]\s{0,4}(?:b(?=["']))?["']?"""
        r"""(?P<secret>(?:(?:basic|bearer|token)\s{1,4})?[^\s"',;]+)""",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![A-Za-z0-9])(?:bearer|basic)\s{1,4}(?P<secret>[A-Za-z0-9._~+/=-]{12,})", re.IGNORECASE),
)
"""What is sent with requests, an installation token of old among it. For logs alone: code names headers."""


class Redactor:
    """Cleans text.

    Args:
        secrets: exact values to take out wherever they stand, in the ways that Python and JSON write them.
            Of a secret with several lines, each long line counts by itself.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
        # Longest first: a secret that contains another one goes as a whole.
        ordered = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
        self._exact = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def clean(self, text: str) -> str:
        """The text with every secret replaced by `[redacted]`."""
        if self._exact is not None:
            text = self._exact.sub(REDACTED, text)
        text = private_keys.IN_LOGS.sub(REDACTED, text)
        for shape in SHAPES:
            if any(hint in text for hint in shape.hints):
                text = shape.in_logs.sub(_without_secret, text)
        for header in _HEADERS:
            text = header.sub(_without_secret, text)
        return text

    def clean_value(self, value: object) -> object:
        """A value fit for JSON: numbers and None as they are, containers item by item, the rest as text."""
        if value is None or isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
            return value
        if isinstance(value, Mapping):
            return {self.clean(str(key)): self.clean_value(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.clean_value(item) for item in value]
        return self.clean(value if isinstance(value, str) else repr(value))


def _without_secret(match: re.Match[str]) -> str:
    start, end = secret_span(match)
    at = match.start()
    return f"{match[0][: start - at]}{REDACTED}{match[0][end - at :]}"


def _spellings(secret: str) -> Iterator[str]:
    """The ways in which a secret can stand in a text."""
    whole = secret.strip()
    lines = [line.strip() for line in whole.splitlines()]
    long_lines = [line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith("-----")]
    for part in (whole, *long_lines):
        if len(part) >= SHORTEST_SECRET:
            yield part
            yield repr(part)[1:-1]
            yield ascii(part)[1:-1]
            yield json.dumps(part)[1:-1]
            yield quote(part, safe="")
            yield quote_plus(part)
