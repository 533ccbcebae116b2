"""Removed lines that look as if they kept something bad from happening.

Plain words on each line, whatever the language. What is *not* here: whether the guard was needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.diff import FileDiff, Hunk, Line, LineKind
from bot.parsing.masking import masked

MOST = 40
"""Guards reported of one file."""
LINES = 12
"""Lines shown of one place."""
LINE_LENGTH = 300
_ABOVE = 2
"""Removed lines shown above a guard."""
_COMMENT = re.compile(r"^\s*(#(?!if)|//|/?\*|--\s|\"\"\"|''')")
_CONDITION = re.compile(
    r"^[\s})]*(if|elif|elsif|else\s+if|unless|guard|assert\w*|debug_assert\w*|require|ensure|raise|throw|panic!?"
    r"|try|catch|except|rescue|finally|defer|with|using|synchronized|when|#if\w*)\b"
)
_MODIFIER = re.compile(r"\b(return|raise|throw|next|break|continue|redirect_to|render)\b.*\s(if|unless)\s")
_PROTECTION = re.compile(
    r"\bawait\b|\b(un)?lock(ed)?\b|[._](un)?lock\(|\bmutex\b|\bacquire\(|\brelease\(|\bclose\(|\bfree\("
    r"|\bdispose\(|\brollback\b|\btransaction\b|\batomic\b|\bcancel\(|\btimeout\b|\bclearTimeout\("
    r"|\b(is_)?(valid|authori[sz]|authenticat|permi(t|ssion)|verif|sanitiz|sanitis|escap|check|ensure|require"
    r"|assert|guard|limit|clamp)\w*\s*[(!?]"
    r"|\b(check|validate|verify|ensure|require|assert|sanitize|sanitise|escape|authorize|authorise|can)"
    r"[A-Z_]\w*\s*\(|\bbefore_action\b|@(login_required|permission|requires|transactional|nonnull|notnull)"
    r"|\?\?|\|\|\s*(\[\]|\{\}|''|\"\"|0\b|nil\b)|\?\.|&\.|\bunwrap_or|\bmath\.(min|max)\(|\bmax\(|\bmin\(",
    re.IGNORECASE,
)
_EARLY_END = re.compile(r"^\s*(return|continue|break|next|raise|throw)\b")


@dataclass(frozen=True, slots=True)
class RemovedGuard:
    """Some removed lines in a row with a guard among them.

    Attributes:
        old_start: number of the first of them at the base, 1-based.
        removed: their texts, cut.
    """

    old_start: int
    removed: tuple[str, ...]


def removed_guards(file: FileDiff) -> tuple[RemovedGuard, ...]:
    """Guards that a change takes away or rewrites, in the order of the file, at most `MOST`."""
    found: list[RemovedGuard] = []
    for hunk in file.hunks:
        for removed, added in _runs(hunk):
            found += _lost(removed, added)
            if len(found) >= MOST:
                return tuple(found[:MOST])
    return tuple(found)


def _runs(hunk: Hunk) -> Iterator[tuple[Sequence[Line], Sequence[Line]]]:
    """Removed lines without a context line between them, and the added ones among or below them."""
    removed: list[Line] = []
    added: list[Line] = []
    for line in hunk.lines:
        if line.kind is LineKind.REMOVED:
            removed.append(line)
        elif line.kind is LineKind.ADDED:
            added.append(line)
        else:
            if removed:
                yield removed, added
            removed, added = [], []
    if removed:
        yield removed, added


def _lost(removed: Sequence[Line], added: Sequence[Line]) -> Iterator[RemovedGuard]:
    """Guards among removed lines that are not among the added ones as they were; near ones are one."""
    kept = {_squeezed(line.text) for line in added}
    shown = 0
    for index, line in enumerate(removed):
        if index >= shown and _is_guard(line.text) and _squeezed(line.text) not in kept:
            start = max(shown, index - _ABOVE)
            shown = start + LINES
            yield RemovedGuard(removed[start].old_number or 1, _texts(removed[start:shown]))


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _is_guard(text: str) -> bool:
    code = text[:LINE_LENGTH]
    if _COMMENT.match(code):
        return False
    return any(
        (_CONDITION.match(code), _EARLY_END.match(code), _MODIFIER.search(code), _PROTECTION.search(code))
    )


def _texts(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(_cut(line.text.removesuffix("\r")) for line in lines)


def _cut(text: str) -> str:
    """Masked first where it is cut: half a secret would no longer look like one."""
    return text if len(text) <= LINE_LENGTH else masked(text)[:LINE_LENGTH]
