"""Answers in a finding's thread: which of them say something that is worth another look.

What is *not* here: who may argue (workers.commands asks GitHub), and what an argument leads to.
"""

from __future__ import annotations

import re
from typing import Final

MAX_ARGUMENT: Final = 4_000
"""Characters of an answer that are looked at."""

_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_QUOTED = re.compile(r"^ {0,3}>.*$", re.MULTILINE)
_EMOJI_NAME = re.compile(r":[a-z0-9_+-]{1,40}:", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)@[\w/-]{1,100}")
_WORD = re.compile(r"[^\W_]+")
_POLITE = re.compile(
    "a|again|agreed?|ah|all|and|appreciated?|awesome|bot|catch|cheers|cool|correct|done|exactly|find|fine|fix"
    "|fixed|fixing|for|good|got|great|hm+|i|it|just|lgtm|ll|me|much|nice|no|now|of|oh|ok|okay|oops|perfect"
    "|please|pr|re|right|s|so|sorry|sure|thank|thanks|thanx|that|the|this|thx|to|true|u|understood|updated"
    r"|very|will|works|wow|yeah|yep|yes|you|your|\d+"
)
"""Words of which no argument can be made."""


def argument_of(body: str) -> str:
    """What an answer says, without quotes and hidden comments; empty where it says nothing to think about.

    Thanks, agreement, emoji, a bare mention: none of them is a reason to look at the code again.
    """
    said = _QUOTED.sub("", _HIDDEN.sub("", body[:MAX_ARGUMENT].replace("\r\n", "\n"))).strip()
    words = _WORD.findall(_MENTION.sub("", _EMOJI_NAME.sub("", said)).lower())
    return said if any(not _POLITE.fullmatch(word) for word in words) else ""
