"""Whether a value looks like a secret: neither a word nor a name, a path or a template.

What is *not* here: where such values stand (bot.parsing.secret_names, .secret_uses), and secrets of known
makers (bot.parsing.secret_shapes).
"""

from __future__ import annotations

import re
from collections import Counter
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

_WORDS = re.compile(r"[A-Za-z]*[0-9]{0,2}(?:[_./: -][A-Za-z]*[0-9]{0,2})*")
_BEGINS_A_PATH = ("/", "./", "../", "~/", "http://", "https://", "file:", "arn:", "vault:", "secretref:")


def is_written_out(value: str) -> bool:
    """Whether a value may be the thing itself: one word, no template, path or mask, and not too simple."""
    if any(char.isspace() for char in value) or PLACEHOLDER.search(value) or bits(value) < LEAST_BITS:
        return False
    return not value.lower().startswith(_BEGINS_A_PATH) and "[masked:" not in value


def is_mixed(value: str) -> bool:
    """Letters, and something else than letters and what joins words."""
    return any(map(str.isalpha, value)) and any(not (char.isalpha() or char in "_-./: ") for char in value)


def is_wordy(value: str) -> bool:
    """Words, each with two digits at most behind it: `x-csrf-token-2`."""
    return _WORDS.fullmatch(value) is not None


def is_random(value: str) -> bool:
    """Letters and digits change places often, or capitals and small letters do over some length."""
    if changes(value) >= OF_A_VALUE:
        return True
    cases = [char.isupper() for char in value if char.isalpha()]
    turns = sum(one != other for one, other in pairwise(cases))
    return len(value) >= LONG and turns * 5 >= len(cases) * 2


def changes(value: str) -> int:
    """How often letters and digits change places."""
    kinds = [char.isdigit() for char in value if char.isalnum()]
    return sum(one != other for one, other in pairwise(kinds))


def bits(value: str) -> float:
    """Shannon's measure of the whole value."""
    size = len(value)
    return -sum(count * log2(count / size) for count in Counter(value).values())
