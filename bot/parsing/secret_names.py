"""Secrets that nothing but their name gives away: `DB_PASSWORD=…`, `api_key = "…"`, `<password>…</password>`.

The name has to end in a word for secrets, and the value has to be written out and to look like no word, name
or template. A line for a shell or an `.env` file (capitals, no blank beside the sign) says by itself that the
value is the thing; anywhere else an unquoted value may be a variable.
What is *not* here: what values look like (bot.parsing.secret_values), and secrets that their look gives away
(bot.parsing.secret_shapes) or their use (bot.parsing.secret_uses).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from bot.parsing.secret_values import (
    BITS_OF_A_PHRASE,
    LEAST,
    MOST,
    OF_A_NAME,
    bits,
    changes,
    is_mixed,
    is_random,
    is_wordy,
    is_written_out,
)

LONGEST_NAME: Final = 60

_NAME = re.compile(
    "secret|token|passw(?:or)?d|passphrase|pwd|credentials?"
    "|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|signing[_-]?key|encryption[_-]?key"
    "|account[_-]?key|master[_-]?key|hmac[_-]?key|cipher[_-]?key|jwt[_-]?key|aes[_-]?key"
)
_PASSWORDS = ("pass", "pwd")
# Behind the word: more of the name, the end of its quotes or brackets, a type.
_REST_OF_A_NAME = (
    r"(?:[_-]?(?i:key[_-]?base|key|prod|production|dev|staging|stage|live|test|qa|value|[0-9]{1,3}))?"
    r"(?P<more>(?:_[A-Z][A-Z0-9]{0,20}){1,3}+)?"
    r"""(?P<close>(?:\\?["'\]]){0,2})"""
    r"(?:\[[0-9]{0,5}\])?"
    r"(?:\s?:\s?[&A-Za-z_][\w.\[\]|<>&' ]{0,40}(?==)|[ \t]{1,4}(?:\*?string|\[\]byte)(?=[ \t]{0,8}=))?"
)
# What joins a name and its value: `=`, a default, the next argument of a call, an element, two keys.
_JOINED = (
    r"(?:(?P<before>[ \t]{0,8})(?P<sign>:=|=>|=|:)(?P<after>[ \t]{0,8})"
    r"(?:[A-Za-z_$][\w.$]{0,60}[ \t]{1,4}(?:\|\||\?\?|or)[ \t]{1,4}(?=[\"'`]))?"
    r"|[ \t]{1,8}(?=[\"'])"
    r"|(?P<default>\)?[ \t]{0,4}(?:\|\||\?\?|\?:|or(?=[ \t])))[ \t]{0,4}(?=[\"'`])"
    r"|(?P<argument>[ \t]{0,4},)\s{0,40}(?=[\"'])"
    r"|(?P<element>>)"
    r"|(?P<pair>,?[ \t\r]{0,4}(?:\n[ \t+\-0-9]{0,40}|[ \t]))[\"']?[Vv]alue[\"']?[ \t]{0,4}[:=][ \t]{0,4})"
)
_VALUE = (
    r"[bruf@]{0,2}"
    r"(?:"
    rf'"(?P<double>[^"\n]{{{LEAST},{MOST}}})"'
    rf"|'(?P<single>[^'\n]{{{LEAST},{MOST}}})'"
    rf"|`(?P<back>[^`\n]{{{LEAST},{MOST}}})`"
    rf'|\\"(?P<escaped>[^"\\\n]{{{LEAST},{MOST}}})\\"'
    rf"|(?P<bare>[^\s\"'`,;()\[\]{{}}<>|\\]{{{LEAST},{MOST}}}+)(?(element)(?=</)|(?![^\s\"'`,;&)\]}}|\\]))"
    r")"
)
_ASSIGNED = re.compile(_REST_OF_A_NAME + _JOINED + _VALUE)
_GROUPS = ("double", "single", "back", "escaped", "bare")
_CODE = re.compile(r"[&*!]?[A-Za-z_$][\w$]*(?:(?:\.|::|->)[A-Za-z_$][\w$]*)*")
# What has to stand before the name for some of the joints.
_CALLS = r"(?:define|get_?env|env|get|fetch|set_?env|put_?env|set_?default|config)"
_BEFORE: Mapping[str, re.Pattern[str]] = {
    "argument": re.compile(rf"(?<![A-Za-z0-9]){_CALLS}\(\s{{0,8}}[\"']$", re.IGNORECASE),
    "element": re.compile(r"<(?:\w{1,20}:)?$"),
    "pair": re.compile(r"(?:name|key)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?$", re.IGNORECASE),
}
_NO_SECRET = re.compile(
    r"_(?:TYPE|UR[LI]|NAME|ID|PATH|DIR|FILE|HEADER|ARN|LENGTH|EXPIRY|TTL|HASH|DIGEST|SHA(?:256)?|CHECKSUM"
    r"|VERSION|IMAGE|REF|FIELD|PREFIX|PATTERN|REGEX|ISSUER|ALGORITHM|ENDPOINT|HOST|ALIAS|FINGERPRINT|PUBLIC|CONST)(?:_|$)"
)
"""What makes the name of a secret the name of something else."""


def named_secrets(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind (`password`, `secret`) of each value that its name gives away, in order."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow when they are made small
        lowered = "".join(char.lower() if char.isascii() else char for char in text)
    for name in _NAME.finditer(lowered):
        match = _ASSIGNED.match(text, name.end())
        if match is None or not _is_joined(match, text, name.start()):
            continue
        group = next(group for group in _GROUPS if match[group] is not None)
        is_password = name[0].startswith(_PASSWORDS)
        if _is_secret(match[group], match, text, name.start(), is_password=is_password):
            start, end = match.span(group)
            yield start, end, "password" if is_password else "secret"


def _is_joined(match: re.Match[str], text: str, at: int) -> bool:
    """Whether what stands before a name goes with what joins it to its value; an element is closed again."""
    joint = next((joint for joint in _BEFORE if match[joint] is not None), None)
    if joint is None:
        return True
    start = _start_of_name(text, at, "_-.")
    if joint == "element":
        name, end = text[start : match.start(joint)], match.end()
        if name not in text[end : end + len(name) + 24]:
            return False
    return _BEFORE[joint].search(text[max(0, start - 40) : start]) is not None


def _is_secret(value: str, match: re.Match[str], text: str, at: int, *, is_password: bool) -> bool:
    """Whether the value of an assignment is one to hide."""
    more = match["more"]
    if not is_written_out(value) or (more and (_NO_SECRET.search(more) or not is_random(value))):
        return False
    if match["argument"] is not None or match["default"] is not None:
        return is_random(value) or (is_password and is_mixed(value))
    if match["bare"] is None or match["element"] is not None:
        return is_random(value) or (is_password and is_mixed(value)) or not is_wordy(value)
    if _is_environment(match, text, at):
        return is_mixed(value) or is_random(value) or (is_password and bits(value) >= BITS_OF_A_PHRASE)
    if _CODE.fullmatch(value):
        return changes(value) >= OF_A_NAME and value.isalnum()
    return is_random(value) or not is_wordy(value)


def _is_environment(match: re.Match[str], text: str, at: int) -> bool:
    """Whether a name is written as variables of an environment are: `NAME=value`."""
    if match["sign"] != "=" or match["before"] or match["after"] or match["close"]:
        return False
    return text[_start_of_name(text, at, "_") : match.start("sign")].isupper()


def _start_of_name(text: str, at: int, joins: str) -> int:
    """Where a name starts that goes on at `at`."""
    start = at
    while start > max(0, at - LONGEST_NAME) and (text[start - 1].isalnum() or text[start - 1] in joins):
        start -= 1
    return start
