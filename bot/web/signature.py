"""GitHub's webhook signature: HMAC-SHA256 over the raw bytes of the body.

Own code, because the client library's check accepts SHA-1 and fails on a header that is not ASCII.
What is *not* here: reading the body (bot.web.body).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

HEADER: Final = "x-hub-signature-256"
_FORM: Final = re.compile(r"sha256=[0-9a-f]{64}", re.ASCII)


def is_well_formed(header: str) -> bool:
    """Whether a header can be right at all; GitHub writes lower-case hexadecimal digits."""
    return _FORM.fullmatch(header) is not None


class SignatureCheck:
    """Takes the body piece by piece, so that a large one is never copied for the check.

    Args:
        secrets: every secret that is accepted now; several while one is being rotated.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._macs = [hmac.new(secret, digestmod=hashlib.sha256) for secret in secrets]

    def update(self, piece: bytes) -> None:
        """Add the next bytes of the body."""
        for mac in self._macs:
            mac.update(piece)

    def accepts(self, header: str) -> bool:
        """Whether one of the secrets signed the bytes so far; equally slow wherever a digit differs."""
        if not is_well_formed(header):
            return False
        claimed = header.removeprefix("sha256=")
        matches = [hmac.compare_digest(mac.hexdigest(), claimed) for mac in self._macs]
        return any(matches)
