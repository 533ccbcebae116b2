"""Secrets that are given away by what they are used for: `Authorization: Bearer …`, `curl -u user:…`.

Also `--token …`, `sshpass -p …`, `mysql -p…`, `ENV API_KEY …` and the lines of a `.netrc`.
What is *not* here: secrets that have a name (bot.parsing.secret_names).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.parsing.secret_values import LEAST, MOST, is_mixed, is_random, is_written_out

NEAR: Final = 200
"""Characters before a password in which the command, or the machine, is named."""

_HEADER = re.compile(
    r"(?<![A-Za-z0-9_])[Bb](?:earer|EARER|asic|ASIC)[ \t]{1,4}"
    rf"(?P<secret>[A-Za-z0-9._~+/-]{{12,{MOST}}}+={{0,2}})"
)
_WORD = rf"""[^\s"'`\\]{{{LEAST},{MOST}}}"""
_PASSWORDS = (
    (
        "curl",
        re.compile(rf"""(?<![\w-])-(?:u|-user)[ \t=]{{0,4}}["']?[^\s:"'`]{{1,64}}:(?P<secret>{_WORD})"""),
    ),
    ("sshpass", re.compile(rf"""(?<=sshpass)[ \t]{{1,4}}-p[ \t]{{0,4}}["']?(?P<secret>{_WORD})""")),
    ("mysql", re.compile(rf"""(?<![\w-])-p["']?(?P<secret>{_WORD})""")),
    ("mariadb", re.compile(rf"""(?<![\w-])-p["']?(?P<secret>{_WORD})""")),
    (
        "machine",
        re.compile(
            r"(?<![\w-])login[ \t]{1,4}\S{1,100}\s{1,20}(?:[0-9]{1,7}[ \t]+)?(?:\+[ \t]{0,8})?"
            rf"password[ \t]{{1,4}}(?P<secret>{_WORD})(?=\s|$)"
        ),
    ),
)
"""What has to stand before it, and the password behind its option or word."""
_OF_ITS_COMMAND: Final = frozenset({"mysql", "mariadb"})
"""Whose option is too short to tell by itself: `docker run -p8080:8080/tcp` is not theirs."""
_QUOTED = re.compile(r"""'[^'\n]*'|"[^"\n]*\"""")
_ENDED = re.compile(
    r"[;|&]|(?<!\\)\n[ \t]*(?:[0-9]{1,7}[ \t]+)?(?:\+[ \t]*)?(?:-[ \t]+)?"
    r"(?![\w.-]+[ \t]*[:=][ \t]*[\"'\[(])[A-Za-z_./$][^\n]*\Z"
)
"""Behind a command, without what is quoted: another begins, by a sign or as a line of its own.

Lists, options and a line behind a backslash go on; diffs have numbers and signs before their lines.
"""
_OPTION = re.compile(
    r"(?<![\w-])--(?:[a-z]{1,20}-){0,3}"
    r"(?P<name>token|passw(?:or)?d|passphrase|secret|(?:api|access|auth|secret|private)-?key)[ \t]{1,4}[\"']?"
    rf"(?P<secret>[A-Za-z0-9._~+/!@#%^*-]{{{LEAST},{MOST}}}+={{0,2}})(?![^\s\"'`;&|)\\])"
)
_IN_AN_IMAGE = re.compile(
    r"(?<![A-Za-z0-9_])ENV[ \t]{1,4}[A-Z0-9_]{0,40}"
    r"(?P<name>SECRET|TOKEN|PASSW(?:OR)?D|PASSPHRASE|PWD|(?:API|ACCESS|AUTH|SECRET|PRIVATE|SIGNING)_?KEY)"
    rf"[ \t]{{1,4}}[\"']?(?P<secret>{_WORD})"
)


def used_secrets(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind (`password`, `secret`) of each secret in a header or in a command."""
    for header in _HEADER.finditer(text):
        if is_written_out(header["secret"]) and is_random(header["secret"]):
            yield *header.span("secret"), "secret"
    for command, pattern in _PASSWORDS:
        for match in pattern.finditer(text) if command in text else ():
            before = text[max(0, match.start() - NEAR) : match.start()]
            if _is_used(command, before) and _is_password(match["secret"]):
                yield *match.span("secret"), "password"
    for named in _OPTION.finditer(text):
        yield from _named(named, is_password=named["name"].startswith("pass"))
    for named in _IN_AN_IMAGE.finditer(text) if "ENV" in text else ():
        yield from _named(named, is_password=named["name"].startswith(("PASS", "PWD")))


def _is_used(command: str, before: str) -> bool:
    """Whether what follows belongs to the command."""
    _, found, behind = before.rpartition(command)
    if not found or command not in _OF_ITS_COMMAND:
        return bool(found)
    return _ENDED.search(_QUOTED.sub("", behind.replace("\r\n", "\n"))) is None


def _named(match: re.Match[str], *, is_password: bool) -> Iterator[tuple[int, int, str]]:
    value = match["secret"]
    if _is_password(value) if is_password else is_written_out(value) and is_random(value):
        yield *match.span("secret"), "password" if is_password else "secret"


def _is_password(value: str) -> bool:
    return is_written_out(value) and (is_mixed(value) or is_random(value))
