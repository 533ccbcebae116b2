"""Secrets that are given away by what they are used for: `Authorization: Bearer …`, `curl -u user:…`.

What is *not* here: secrets that have a name (bot.parsing.secret_names).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.parsing.secret_values import LEAST, MOST, is_mixed, is_random, is_written_out

NEAR: Final = 200
"""Characters before a user and a password in which the command is named."""

_HEADER = re.compile(
    r"(?<![A-Za-z0-9_])[Bb](?:earer|EARER|asic|ASIC)[ \t]{1,4}"
    rf"(?P<secret>[A-Za-z0-9._~+/-]{{12,{MOST}}}+={{0,2}})"
)
_USER = re.compile(
    r"""(?<![\w-])-(?:u|-user)[ \t=]{0,4}["']?[^\s:"'`]{1,64}:"""
    rf"""(?P<secret>[^\s"'`\\]{{{LEAST},{MOST}}})"""
)


def used_secrets(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind (`password`, `secret`) of each secret in a header or in a command."""
    for header in _HEADER.finditer(text):
        if is_written_out(header["secret"]) and is_random(header["secret"]):
            yield *header.span("secret"), "secret"
    for user in _USER.finditer(text) if "curl" in text else ():
        if "curl" not in text[max(0, user.start() - NEAR) : user.start()]:
            continue
        if is_written_out(user["secret"]) and (is_mixed(user["secret"]) or is_random(user["secret"])):
            yield *user.span("secret"), "password"
