"""Findings and ledgers as hidden lines of our own comments, and back: memory that survives the loss of Redis.

`<!-- ai-review:carried BASE64 -->` holds JSON with a version, packed. An inline comment carries its finding,
the summary comment the ledger. Whoever may write to the repository may edit our comments, so what is read is
bounded and checked like any other input; what cannot be read counts as not there.

What is *not* here: whose comment it is (bot.github.standing), and what follows from it (workers.recalling).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, TypeVar

import msgspec

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.ledger import SETTLED, TOLD, Ledger, Lesson

LEDGER_LIMIT: Final = 24_000
"""Characters of a comment that a ledger may take; GitHub's own limit is 65,536."""
FINDING_LIMIT: Final = 12_000
_UNPACKED_LIMIT: Final = 1_000_000
_VERSION: Final = 1
_LINE = re.compile(r"^<!-- ai-review:carried ([A-Za-z0-9+/]{1,60000}={0,2}) -->$", re.MULTILINE)

ValueT = TypeVar("ValueT")


def carry_finding(marked: MarkedFinding) -> str:
    """The hidden line of an inline comment, without the votes and the mending where those are too large.

    Empty for a finding that is too large all the same.
    """
    bare = replace(marked.finding, suggestion=None, fix_words="", needs=())
    lines = map(_line, (marked, replace(marked, finding=bare, verdicts=())))
    return next((line for line in lines if len(line) <= FINDING_LIMIT), "")


def carried_finding(body: str) -> MarkedFinding | None:
    """The finding that a comment carries."""
    return _read(body, MarkedFinding)


def carry_ledger(ledger: Ledger) -> str:
    """The hidden line of the summary comment: as much of the ledger as there is room for.

    What is not told to people goes first, then what inline comments carry themselves, then the marks of what
    was read, without which the next review reads everything again.
    """
    for smaller in _smaller(ledger):
        line = _line(smaller)
        if len(line) <= LEDGER_LIMIT and carried_ledger(line) is not None:
            return line
    return ""


def carried_ledger(body: str) -> Ledger | None:
    """The ledger that a summary comment carries."""
    return _read(body, Ledger)


def with_finding(body: str, marked: MarkedFinding) -> str:
    """An inline comment's body that carries the finding as it is now, also where it carried none before."""
    line = carry_finding(marked)
    if not line:
        return body
    return _LINE.sub(lambda _: line, body, count=1) if _LINE.search(body) else f"{body}\n{line}"


def pack(value: MarkedFinding | Ledger | Lesson) -> bytes:
    """JSON with a version, deflated. In ASCII: paths may hold surrogates, which JSON can only escape."""
    body = {"version": _VERSION, "value": msgspec.to_builtins(value)}
    return zlib.compress(json.dumps(body, separators=(",", ":")).encode(), 9)


def unpack(packed: bytes, shape: type[ValueT], limit: int = _UNPACKED_LIMIT) -> ValueT | None:
    """What `pack` was given; None when it is of another version, damaged or larger than so many bytes."""
    unzip = zlib.decompressobj()
    try:
        text = unzip.decompress(packed, limit)
        if not unzip.eof:
            return None
        body = json.loads(text)
        return msgspec.convert(body["value"], shape) if body["version"] == _VERSION else None
    except (zlib.error, ValueError, LookupError, TypeError, RecursionError, msgspec.ValidationError):
        return None


def _line(value: MarkedFinding | Ledger) -> str:
    return f"<!-- ai-review:carried {base64.b64encode(pack(value)).decode()} -->"


def _read(body: str, shape: type[ValueT]) -> ValueT | None:
    """The last line that can be read counts: ours stand at the end of what we post."""
    for text in reversed(_LINE.findall(body)):
        try:
            packed = base64.b64decode(text, validate=True)
        except binascii.Error:
            continue
        if (value := unpack(packed, shape)) is not None:
            return value
    return None


def _smaller(ledger: Ledger) -> Iterator[Ledger]:
    yield ledger
    told = _only(ledger, lambda marked: marked.disposition.fate in TOLD | SETTLED)
    yield told
    placeless = _only(ledger, lambda marked: marked.disposition.fate in TOLD and not _is_inline(marked))
    yield placeless
    yield replace(placeless, hunks=frozenset())
    yield replace(placeless, hunks=frozenset(), findings=placeless.findings[:20])


def _is_inline(marked: MarkedFinding) -> bool:
    return marked.comment_id is not None or marked.disposition.fate is Fate.POSTED


def _only(ledger: Ledger, keep: Callable[[MarkedFinding], Any]) -> Ledger:
    return replace(ledger, findings=tuple(marked for marked in ledger.findings if keep(marked)))
