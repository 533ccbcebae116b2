"""Taking secrets out of text: those known by value, and those known by their look.

Every pattern runs in linear time, because the text may have been written by an attacker.
What is *not* here: secrets in a diff before it reaches a model, which need more care to keep lines in place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Final
from urllib.parse import quote, quote_plus

REDACTED: Final = "[redacted]"
# A shorter 'secret' would turn every log into blanks and protects nothing.
SHORTEST_SECRET: Final = 4
_SHORTEST_LINE: Final = 16

_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # PEM, also when its newlines were escaped, and when its end was cut off.
    (
        re.compile(r"-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\Z)", re.DOTALL),
        REDACTED,
    ),
    # GitHub: ghp_, gho_, ghu_, ghr_ with 36 characters, ghs_ short or with a long signed document behind it.
    (re.compile(r"gh[a-z]_[A-Za-z0-9_.-]{16,}"), REDACTED),
    (re.compile(r"github_pat_[A-Za-z0-9_]{16,}"), REDACTED),
    (re.compile(r"(?<![A-Za-z0-9_])v1\.[0-9a-f]{40}(?![0-9a-f])"), REDACTED),
    # Signed JSON documents, such as an App's own token.
    (re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"), REDACTED),
    # Model vendors: sk-…, sk-proj-…, sk-ant-….
    (re.compile(r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{16,}"), REDACTED),
    # Headers as text, in a dict, or in a list of pairs; str or bytes.
    (
        re.compile(
            r"""((?:authorization|x-api-key|api-key|cookie)["']?\s{0,4}[:=,]\s{0,4}(?:b(?=["']))?["']?)"""
            r"""(?:(?:basic|bearer|token)\s{1,4})?[^\s"',;]+""",
            re.IGNORECASE,
        ),
        r"\1" + REDACTED,
    ),
    (
        re.compile(r"(?<![A-Za-z0-9])((?:bearer|basic)\s{1,4})[A-Za-z0-9._~+/=-]{12,}", re.IGNORECASE),
        r"\1" + REDACTED,
    ),
    # User and password in an address.
    (
        re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@\"'<>]{1,1000}@", re.IGNORECASE),
        r"\1" + REDACTED + "@",
    ),
)


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
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
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
