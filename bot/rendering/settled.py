"""An inline comment of ours once its finding is settled: one line that says how, the rest folded below it.

What it said stays readable, since people may have answered it. Names of people are code: nobody is called.

What is *not* here: closing the thread (bot.github), and which findings are settled (workers.review).
"""

from __future__ import annotations

import re

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.ledger import SETTLED
from bot.rendering.code import code_span
from bot.rendering.comment import FOOT
from bot.rendering.limits import BODY_LIMIT, cut, units
from bot.rendering.markers import MarkerKind, find_marker, write_marker
from bot.rendering.prose import prose
from bot.rendering.words import sentence, short_sha

_OPENING = "<details>\n<summary>What was found</summary>\n\n"
_CLOSING = "\n\n</details>"
_LAST = f"\n\n{FOOT}"
_HIDDEN = re.compile(r"<!-- ai-review:[^\n]* -->")
_REASON_LIMIT = 400


def settled_comment(body: str, marked: MarkedFinding, head: str, note: str = "") -> str:
    """The comment as it is to stand from now on, within GitHub's limit; all its hidden lines stay whole.

    Done twice it changes nothing. Of a fixed finding the commit stays that was named first. For a finding
    that is not settled the comment is as it was before it was.

    Args:
        body: the comment as it stands, settled before or not.
        head: the commit at which it was settled.
        note: what follows from it, as Markdown of ours; empty where nothing does.
    """
    fate = marked.disposition.fate
    if fate not in SETTLED:
        return reopened_comment(body)
    if fate is Fate.FIXED and _settled_as(body) == Fate.FIXED:
        return body
    visible, hidden = _parted(reopened_comment(body))
    line = "\n\n".join(part for part in (_line(marked, head), note) if part)
    values = {"fate": fate.value}
    if visible.endswith(_LAST):  # to ask for a reply there is out of place now
        visible, values["foot"] = visible.removesuffix(_LAST), "off"
    tail = "\n".join([write_marker(MarkerKind.SETTLED, **values), *hidden])
    room = BODY_LIMIT - units(f"{line}\n\n{_OPENING}{_CLOSING}\n\n{tail}")
    return f"{line}\n\n{_OPENING}{cut(visible, limit=room)}{_CLOSING}\n\n{tail}"


def reopened_comment(body: str) -> str:
    """The comment as it was before its finding was settled; one that is not settled stays as it is."""
    if not _settled_as(body):
        return body
    visible, hidden = _parted(body)
    start, end = visible.find(_OPENING), visible.rfind(_CLOSING)
    if 0 <= start <= end:  # else somebody has edited it
        visible = visible[start + len(_OPENING) : end]
    marker = find_marker(body, MarkerKind.SETTLED)
    if marker is not None and marker.values.get("foot") == "off":
        visible += _LAST
    kept = [line for line in hidden if find_marker(line, MarkerKind.SETTLED) is None]
    return "\n\n".join(part for part in (visible, "\n".join(kept)) if part)


def _line(marked: MarkedFinding, head: str) -> str:
    """How it was settled, in one line."""
    said = marked.disposition
    reason = prose(sentence(said.reason), _REASON_LIMIT)
    if said.fate is Fate.FIXED:
        return f"✅ **Fixed** in {code_span(short_sha(head), 40)}: {reason or 'its code is gone.'}"
    who = f" by {code_span(said.by, 120)}" if said.by else ""
    start = f"**{said.fate.capitalize()}**{who}"
    return f"{start}: {reason}" if reason else f"{start}."


def _settled_as(body: str) -> str:
    """The fate that a settled comment says; empty for others."""
    marker = find_marker(body, MarkerKind.SETTLED)
    return marker.values.get("fate", "") if marker else ""


def _parted(body: str) -> tuple[str, list[str]]:
    """What people see, and the hidden lines."""
    lines = body.replace("\r\n", "\n").split("\n")
    hidden = [line for line in lines if _HIDDEN.fullmatch(line)]
    return "\n".join(line for line in lines if not _HIDDEN.fullmatch(line)).strip("\n"), hidden
