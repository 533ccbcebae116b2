"""Findings and ledgers as hidden lines of our own comments, and back: memory that survives the loss of Redis.

`<!-- ai-review:carried BASE64 -->` holds JSON with a version, packed. An inline comment carries its finding,
the summary comment the ledger, and the check run what the summary has no room for: all of it where the policy
wants no summary. Each is written anyway, so this costs no request. Whoever may write to the repository may
edit our comments, so what is read is bounded and checked like any other input; what cannot be read counts as
not there.

What is *not* here: whose comment it is (bot.github.standing), and what follows from it (workers.recalling).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, TypeVar

import msgspec

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.ledger import CLICKS, SETTLED, TOLD, Ledger, Lesson

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
    lines = map(_line, (marked, _bare(marked)))
    return next((line for line in lines if len(line) <= FINDING_LIMIT), "")


def carried_finding(body: str) -> MarkedFinding | None:
    """The finding that a comment carries."""
    return _read(body, MarkedFinding)


def carry_ledger(ledger: Ledger) -> str:
    """The hidden line of a text of ours: as much of the ledger as there is room for, and if that is a part.

    What is not told to people goes first, then what inline comments carry themselves, then votes and mending,
    what is settled, and the marks of what was read, without which the next review reads everything again. Of
    findings without an inline comment the worst stay.
    """
    return next((line for one in _smaller(ledger) if (line := _ledger_line(one, ledger))), "")


def rest_of(ledger: Ledger, line: str) -> Ledger | None:
    """What of a ledger this hidden line does not carry, for another text; None where that is nothing."""
    carried = carried_ledger(line) or Ledger()
    known = {_key(marked) for marked in carried.findings}
    rest = _only(ledger, lambda marked: _key(marked) not in known)
    rest = replace(rest, hunks=ledger.hunks - carried.hunks)
    return rest if rest.findings or rest.hunks else None


def carried_ledger(body: str) -> Ledger | None:
    """The ledger that a summary comment or a check run carries."""
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
        if body["version"] != _VERSION:
            return None
        _tell_clicks(body["value"])
        return msgspec.convert(body["value"], shape)
    except (zlib.error, ValueError, LookupError, TypeError, RecursionError, msgspec.ValidationError):
        return None


def _tell_clicks(value: Any) -> None:
    """Mark what people settled by a click in a record of a release that knew clicks by their words alone."""
    findings = value.get("findings", [value]) if isinstance(value, dict) else []
    for marked in findings if isinstance(findings, list) else []:
        said = marked.get("disposition") if isinstance(marked, dict) else None
        if isinstance(said, dict):
            is_click = said.get("fate") == Fate.DISMISSED and said.get("reason") in CLICKS
            said.setdefault("by_hand", is_click)


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
    yield _only(ledger, lambda marked: marked.disposition.fate in TOLD | SETTLED)
    alone = _only(ledger, lambda marked: marked.disposition.fate in TOLD | SETTLED and not _is_inline(marked))
    yield alone
    bare = replace(alone, findings=tuple(_bare(marked) for marked in alone.findings))
    yield bare
    told = _only(bare, lambda marked: marked.disposition.fate in TOLD)
    yield told
    worst = sorted(told.findings, key=lambda marked: marked.finding.severity.rank)
    told = replace(told, hunks=frozenset(), findings=tuple(worst))
    yield told
    counts = range(1, len(worst))
    fitting = bisect(counts, 0, key=lambda count: not _ledger_line(_first(told, count), ledger))
    yield _first(told, fitting)


def _ledger_line(part: Ledger, whole: Ledger) -> str:
    """A part of a ledger as a hidden line; empty where it has no room, or could not be read again."""
    is_all = len(part.findings) == len(whole.findings) and part.hunks == whole.hunks
    line = _line(replace(part, parted=not is_all))
    return line if len(line) <= LEDGER_LIMIT and carried_ledger(line) is not None else ""


def _first(ledger: Ledger, count: int) -> Ledger:
    return replace(ledger, findings=ledger.findings[:count])


def _key(marked: MarkedFinding) -> tuple[object, ...]:
    """By which a finding is known again in a line that may carry it without some of its parts."""
    finding = marked.finding
    return marked.fingerprint, finding.path, finding.lines, marked.comment_id, marked.disposition.fate


def _bare(marked: MarkedFinding) -> MarkedFinding:
    """Without the votes and the mending."""
    bare = replace(marked.finding, suggestion=None, fix_words="", needs=())
    return replace(marked, finding=bare, verdicts=())


def _is_inline(marked: MarkedFinding) -> bool:
    return marked.comment_id is not None or marked.disposition.fate is Fate.POSTED


def _only(ledger: Ledger, keep: Callable[[MarkedFinding], Any]) -> Ledger:
    return replace(ledger, findings=tuple(marked for marked in ledger.findings if keep(marked)))
