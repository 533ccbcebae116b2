"""Secrets that nothing but their name gives away: `DB_PASSWORD=…`, `api_key = "…"`, `password: …`.

The name has to end in a word for secrets, and the value has to be written out and to look like no word, name
or template. A line for a shell or an `.env` file (capitals, no blank beside the sign) says by itself that the
value is the thing; anywhere else an unquoted value may be a variable.
What is *not* here: secrets that their look gives away (bot.parsing.secret_shapes).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import log2
from typing import Final

from bot.parsing.secret_shapes import PLACEHOLDER

LEAST: Final = 8
"""Characters of a value that counts as a secret."""
MOST: Final = 400
LEAST_BITS: Final = 20.0
"""Shannon's measure of a whole value; `password` has 22, but no digit."""
BITS_OF_A_PHRASE: Final = 32.0
"""From here on letters alone may be the password that a variable of an environment is set to."""
LONG: Final = 20
"""Characters from which on letters alone may be a secret."""
OF_A_VALUE: Final = 4
"""Changes between letters and digits that no word has."""
OF_A_NAME: Final = 6
"""Changes that no name in code has: `MLKEM768X25519PrivateKey` has four."""

_NAME = re.compile(
    "secret|token|passw(?:or)?d|passphrase|pwd|credentials?"
    "|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|signing[_-]?key|encryption[_-]?key"
    "|account[_-]?key|master[_-]?key"
)
_PASSWORDS = ("pass", "pwd")
_ASSIGNED = re.compile(
    r"(?:[_-]?(?i:key|prod|production|dev|staging|stage|live|test|qa|value|[0-9]{1,3}))?"
    r"""(?P<close>["'\]]{0,2})"""
    r"(?:\s?:\s?[A-Za-z_][\w.\[\]| ]{0,40}(?==))?"
    r"(?:(?P<before>[ \t]{0,8})(?P<sign>:=|=>|=|:)(?P<after>[ \t]{0,8})|[ \t]{1,8}(?=[\"']))"
    r"[bruf@]{0,2}"
    r"(?:"
    rf'"(?P<double>[^"\n]{{{LEAST},{MOST}}})"'
    rf"|'(?P<single>[^'\n]{{{LEAST},{MOST}}})'"
    rf"|`(?P<back>[^`\n]{{{LEAST},{MOST}}})`"
    rf"|(?P<bare>[^\s\"'`,;()\[\]{{}}<>|\\]{{{LEAST},{MOST}}}+)(?![^\s\"'`,;&)\]}}|\\])"
    r")"
)
_WORDS = re.compile(r"[A-Za-z]*[0-9]{0,2}(?:[_./: -][A-Za-z]*[0-9]{0,2})*")
_CODE = re.compile(r"[&*!]?[A-Za-z_$][\w$]*(?:(?:\.|::|->)[A-Za-z_$][\w$]*)*")
_BEGINS_A_PATH = ("/", "./", "../", "~/", "http://", "https://", "file:", "arn:", "vault:", "secretref:")


def named_secrets(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind (`password`, `secret`) of each value that its name gives away, in order."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow when they are made small
        lowered = "".join(char.lower() if char.isascii() else char for char in text)
    for name in _NAME.finditer(lowered):
        match = _ASSIGNED.match(text, name.end())
        if match is None:
            continue
        group = next(group for group in ("double", "single", "back", "bare") if match[group] is not None)
        is_password = name[0].startswith(_PASSWORDS)
        if _is_secret(match[group], match, text, name.start(), is_password=is_password):
            start, end = match.span(group)
            yield start, end, "password" if is_password else "secret"


def _is_secret(value: str, match: re.Match[str], text: str, at: int, *, is_password: bool) -> bool:
    """Whether the value of an assignment is one to hide."""
    if any(char.isspace() for char in value) or PLACEHOLDER.search(value) or _bits(value) < LEAST_BITS:
        return False
    if value.lower().startswith(_BEGINS_A_PATH):
        return False
    if match["bare"] is None:
        return _is_random(value) or (is_password and _is_mixed(value)) or not _is_wordy(value)
    if _is_environment(match, text, at):
        return _is_mixed(value) or _is_random(value) or (is_password and _bits(value) >= BITS_OF_A_PHRASE)
    if _CODE.fullmatch(value):
        return _changes(value) >= OF_A_NAME and value.isalnum()
    return _is_random(value) or not _is_wordy(value)


def _is_environment(match: re.Match[str], text: str, at: int) -> bool:
    """Whether a name is written as variables of an environment are: `NAME=value`."""
    if match["sign"] != "=" or match["before"] or match["after"] or match["close"]:
        return False
    start = at
    while start > max(0, at - 60) and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return text[start : match.start("sign")].isupper()


def _is_mixed(value: str) -> bool:
    """Letters, and something else than letters and what joins words."""
    return any(map(str.isalpha, value)) and any(not (char.isalpha() or char in "_-./: ") for char in value)


def _is_wordy(value: str) -> bool:
    """Words, each with two digits at most behind it: `x-csrf-token-2`."""
    return _WORDS.fullmatch(value) is not None


def _is_random(value: str) -> bool:
    """Letters and digits change places often, or capitals and small letters do over some length."""
    if _changes(value) >= OF_A_VALUE:
        return True
    cases = [char.isupper() for char in value if char.isalpha()]
    turns = sum(one != other for one, other in pairwise(cases))
    return len(value) >= LONG and turns * 5 >= len(cases) * 2


def _changes(value: str) -> int:
    """How often letters and digits change places."""
    kinds = [char.isdigit() for char in value if char.isalnum()]
    return sum(one != other for one, other in pairwise(kinds))


def _bits(value: str) -> float:
    """Shannon's measure of the whole value."""
    size = len(value)
    return -sum(count * log2(count / size) for count in Counter(value).values())
