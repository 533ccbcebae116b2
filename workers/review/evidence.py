"""The gate between what a model says and what people see: no finding without evidence.

Each finding leaves with a fate. Nothing here asks a model, and nothing is dropped.
What is *not* here: finding a quote in a text (workers.review.quotes), and near-duplicates
(workers.review.duplicates).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from bot.domain.diff import Side
from bot.domain.finding import Disposition, Fate, Finding, LineRange, MarkedFinding
from bot.parsing.masking import holds_mask, masked
from workers.context.enclosing import excerpts
from workers.ports import SourceFile
from workers.review.pointing import pointed
from workers.review.quotes import Haystack, normalised
from workers.review.untrusted import one_line

STANDING = frozenset({Fate.POSTED, Fate.UNANCHORED})
"""Fates of findings that are still to be shown."""


UNTOUCHED = "the change does not touch this code"
UNSAID = "it does not say what is wrong, or what makes it fail"
BLOCK_LINES = 80
"""Lines of the longest block that counts as touched where a change reaches into it."""


def gate(
    findings: Iterable[Finding],
    files: Sequence[SourceFile],
    block_lines: int = BLOCK_LINES,
    pictures: Collection[str] = (),
) -> tuple[MarkedFinding, ...]:
    """Look for each finding's quote. `posted` is provisional: later steps may still change it.

    Args:
        block_lines: the longest block of code around a hunk that counts as touched by it.
        pictures: changed pictures that the model saw; what shows in them cannot be quoted.
    """
    by_path = {file.path: file for file in files}
    haystacks: dict[str, Haystack] = {}
    marked: list[MarkedFinding] = []
    for finding in map(without_secrets, findings):
        file = _file(finding.path, by_path)
        if file is not None and file.path not in haystacks:
            haystacks[file.path] = Haystack.of(file.diff, file.text)
        seen = _picture(finding.path, pictures) if file is None else None
        judged = _judge_seen(finding, seen) if seen else _judge(finding, file, haystacks)
        if file is not None and judged.disposition.fate is Fate.UNANCHORED:
            judged = _older(judged, file, block_lines)
        marked.append(judged)
    return tuple(marked)


def gate_static(findings: Iterable[Finding], files: Sequence[SourceFile]) -> tuple[MarkedFinding, ...]:
    """The same for findings of analysers, which know their lines: those outside the change are older."""
    by_path = {file.path: file for file in files}
    rows = {file.path: text.split("\n") for file in files if (text := masked(file.text)) != file.text}
    return tuple(
        _judge_static(without_secrets(finding, rows.get(finding.path)), by_path) for finding in findings
    )


def without_secrets(finding: Finding, rows: Sequence[str] | None = None) -> Finding:
    """The finding as it may be kept and posted: secrets masked, and no text to commit that holds one.

    Args:
        rows: of the file as models see it, where that has secrets: what a quote of whole lines becomes.
    """
    quote, lines, suggestion = finding.quote, finding.lines, finding.suggestion
    if rows is not None and lines is not None and lines.side is Side.RIGHT:
        own = rows[lines.start - 1 : lines.end]
        quote = "\n".join(own) if any(map(holds_mask, own)) else quote
    if suggestion is not None and holds_mask(masked(suggestion)):
        suggestion = None
    return replace(
        finding,
        quote=masked(quote),
        claim=masked(finding.claim),
        trigger=masked(finding.trigger),
        consequence=masked(finding.consequence),
        suggestion=suggestion,
    )


def mark(finding: MarkedFinding, fate: Fate, reason: str) -> MarkedFinding:
    """The finding with another fate."""
    return replace(finding, disposition=Disposition(fate, reason))


def fingerprint(finding: Finding) -> str:
    """16 hexadecimal digits of what is wrong (category) and where (the quote, however it is indented).

    The path is left out, so that a renamed file keeps its findings' fingerprints.
    """
    text = f"{finding.category}\n{normalised(finding.quote)}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _judge(finding: Finding, file: SourceFile | None, haystacks: Mapping[str, Haystack]) -> MarkedFinding:
    if file is None:
        return _unsupported(finding, "it names a file that was not looked at")
    finding = replace(finding, path=file.path)
    place = haystacks[file.path].find(finding.quote)
    if place is None:
        return _unsupported(finding, "the code that it quotes does not stand in the file")
    if not place.telling:
        return _unsupported(finding, "it quotes too little to tell which code it means")
    if not finding.claim or not finding.trigger:
        return _unsupported(finding, UNSAID)
    lines = pointed(finding.claim, place.lines, file)
    where = place.changed or place.lines
    if lines != place.lines:
        where = LineRange(where.start, lines.end)
    return _anchored(replace(finding, lines=lines), file, where)


def _judge_seen(finding: Finding, picture: str) -> MarkedFinding:
    """A finding about a picture. Its name stands in for the quote, so that it is known again."""
    if not finding.claim or not finding.trigger:
        return _unsupported(finding, UNSAID)
    finding = replace(finding, path=picture, quote=picture, lines=None)
    return MarkedFinding(
        finding, Disposition(Fate.UNANCHORED, "a picture has no lines"), fingerprint(finding)
    )


def _judge_static(finding: Finding, by_path: Mapping[str, SourceFile]) -> MarkedFinding:
    file = by_path.get(finding.path)
    if file is None or finding.lines is None:
        return _unsupported(finding, "its place in the change is not known")
    wanted = range(finding.lines.start, finding.lines.end + 1)
    added = sorted(file.diff.changed_lines().intersection(wanted))
    if not added:
        return MarkedFinding(
            finding, Disposition(Fate.PRE_EXISTING, "not on a changed line"), fingerprint(finding)
        )
    return _anchored(finding, file, LineRange(added[0], added[-1], Side.RIGHT))


def _anchored(finding: Finding, file: SourceFile, where: LineRange) -> MarkedFinding:
    """A finding whose quote exists: posted where GitHub has a place for it, else listed."""
    anchor = file.diff.anchor(where.side, where.start, where.end)
    if anchor is None:
        disposition = Disposition(Fate.UNANCHORED, "its lines are outside of the diff")
        return MarkedFinding(finding, disposition, fingerprint(finding))
    return MarkedFinding(finding, Disposition(Fate.POSTED), fingerprint(finding), anchor=anchor)


def _older(marked: MarkedFinding, file: SourceFile, block_lines: int) -> MarkedFinding:
    """A finding outside of the diff: on a block that the change reaches into, or on older code."""
    lines = marked.finding.lines
    touched = (line for piece in excerpts(file.diff, file.text, block_lines) for line in piece.lines)
    if lines and any(lines.start <= (line.number_on(lines.side) or 0) <= lines.end for line in touched):
        return marked
    return mark(marked, Fate.PRE_EXISTING, UNTOUCHED)


def _unsupported(finding: Finding, reason: str) -> MarkedFinding:
    return MarkedFinding(finding, Disposition(Fate.UNSUPPORTED, reason), fingerprint(finding))


def _file(path: str, by_path: Mapping[str, SourceFile]) -> SourceFile | None:
    """The file that a model means: by its name, as it was shown, or by its end where that is unique."""
    if path in by_path:
        return by_path[path]
    wanted = one_line(path.strip().strip("`")).removeprefix("./")
    shown = {one_line(known): file for known, file in by_path.items()}
    for name in (wanted, wanted.removeprefix("a/"), wanted.removeprefix("b/")):
        if name in shown:
            return shown[name]
    ends = [file for known, file in shown.items() if known.endswith(f"/{wanted}")]
    return ends[0] if len(ends) == 1 else None


def _picture(path: str, pictures: Collection[str]) -> str | None:
    """The picture that a model means, by its name as it was shown."""
    wanted = one_line(path.strip().strip("`")).removeprefix("./")
    return next((known for known in pictures if wanted == one_line(known)), None)
