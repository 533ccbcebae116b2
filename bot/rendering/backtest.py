"""A policy laid on the past, as text for a terminal and as JSON for other programs.

Foreign text (titles, claims, paths, reasons) is made visible first, on one line each.

What is *not* here: working it out (workers.backtesting).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from bot.domain.backtest import Backtest, Replay, Replayed, Telling
from bot.domain.finding import Fate
from bot.domain.ledger import SETTLED
from bot.domain.review import Conclusion
from bot.rendering.as_json import JsonObject
from bot.rendering.clean import encodable, one_line, path_text
from bot.rendering.columns import wrapped
from bot.rendering.prose import first_sentence
from bot.rendering.words import count, location, sentence

_NAMES = 12
"""Pull requests or files that are named in one sentence."""
_TITLE, _REASON = 100, 200
_NEW = {Telling.COMMENT: "would appear as a comment", Telling.LISTED: "would be listed in the summary"}
_MOVED = {
    Telling.COMMENT: "would be a comment of its own; listed then",
    Telling.LISTED: "would be listed in the summary, without a comment",
}
_SETTLED = (Fate.FIXED, Fate.DISMISSED, Fate.WITHDRAWN)


def backtest_text(backtest: Backtest, width: int = 100) -> str:
    """What changes, review by review; then the totals, and what nobody can know. Ends with a newline.

    Args:
        width: columns of the terminal.
    """
    lines: list[str] = []
    for replay in backtest.replays:
        if replay.changed or replay.turns:
            lines += [*_replay(replay, width), ""]
    for sentences in (_totals(backtest), _lists(backtest)):
        for text in sentences:
            lines += wrapped(text, width)
    if backtest.replays:
        lines += ["", *wrapped(_unknown(backtest), width)]
    return "\n".join(lines) + "\n"


def _replay(replay: Replay, width: int) -> Iterator[str]:
    title = one_line(replay.title, _TITLE)
    name = path_text(replay.name)
    yield from wrapped(f"{name}: {title}" if title else name, width)
    if replay.skipped:
        yield from wrapped(f"! not reviewed: {one_line(replay.skipped, _REASON)}", width, "  ")
    for one in replay.changed:
        yield from _finding(one, width)
    if replay.turns:
        yield from wrapped(f"check: {_end(replay.before)} -> {_end(replay.after)}", width, "  ")


def _finding(one: Replayed, width: int) -> Iterator[str]:
    sign = "+" if one.appears else "-" if one.vanishes else "~"
    claim = sentence(first_sentence(one.marked.finding.claim)[0]) or "A problem without a description."
    yield f"  {sign} {one.severity.value}  {path_text(location(one.marked))}"  # whole, to be copied
    yield from wrapped(claim, width, "      ")
    yield from wrapped(_what(one), width, "      ")


def _what(one: Replayed) -> str:
    """What would happen to a finding and why, and what became of it."""
    fate, reason = one.marked.disposition.fate, one_line(one.reason, _REASON)
    if one.appears:
        then = "held back" if fate is Fate.SUPPRESSED else fate.value
        return f"{_NEW[one.after]}; {then} then" + (f": {reason}" if reason else "")
    words = "would vanish" if one.vanishes else _MOVED[one.after]
    return words + (f": {reason}" if reason else "") + _became(one)


def _became(one: Replayed) -> str:
    """How a finding was settled: that tells whether it would be missed."""
    said = one.marked.disposition
    if said.fate not in SETTLED:
        return ""
    by = one_line(said.by, 80)
    return f"; it was {said.fate.value}" + (f" by {by}" if by else "")


def _totals(backtest: Backtest) -> Iterator[str]:
    number, source = len(backtest.replays), path_text(backtest.source)
    recorded = f"{count(number, 'recorded review')} in {source}"
    if backtest.on_github:
        recorded = f"{count(number + len(backtest.without), 'pull request')} of {source}"
    if not number:
        if not backtest.unread:
            ours = " Only what the account of this token posted counts." if backtest.on_github else ""
            yield f"No review of ours is recorded on {recorded}.{ours}"
        return
    found = [one for replay in backtest.replays for one in replay.findings]
    gone, moved = [one for one in found if one.vanishes], sum(one.moves for one in found)
    parts = [
        f"{count(len(gone), 'finding')} would vanish{_settled(gone)}",
        f"{sum(one.appears for one in found):,} would appear",
        *([f"{moved:,} would be told in another place"] if moved else []),
    ]
    yield f"Looked at {recorded}. {', '.join(parts)}; {_staying(found):,} would stay as they are."


def _settled(gone: Sequence[Replayed]) -> str:
    """` (2 fixed, 1 dismissed)`: what would be missed, and what would not; may be empty."""
    fates = [one.marked.disposition.fate for one in gone]
    words = [f"{fates.count(fate):,} {fate.value}" for fate in _SETTLED if fate in fates]
    return f" ({', '.join(words)})" if words else ""


def _staying(found: Iterable[Replayed]) -> int:
    """How many findings would be told as they were."""
    return sum(one.before is one.after is not Telling.NOT_TOLD for one in found)


def _lists(backtest: Backtest) -> Iterator[str]:
    replays, failure, source = backtest.replays, Conclusion.FAILURE, backtest.source
    red = [one.name for one in replays if one.turns and one.after is failure]
    green = [one.name for one in replays if one.turns and one.before is failure]
    same = [one.name for one in replays if not one.changed and not one.turns]
    yield from _named("The check would fail in", red, source)
    yield from _named("The check would no longer fail in", green, source)
    yield from _named("Nothing changes in", same, source)
    if replays:
        yield from _named("No review is recorded on", backtest.without, source)
    for rest in backtest.unread:
        yield f"Could not be read: {path_text(rest.name)}: {sentence(one_line(rest.reason, _REASON))}"


def _named(words: str, names: Sequence[str], source: str) -> Iterator[str]:
    """A sentence that names pull requests by their numbers, or files; nothing for none."""
    rest = len(names) - _NAMES
    shown = ", ".join(path_text(name.removeprefix(source)) for name in names[:_NAMES])
    if names:
        yield f"{words} {shown}{f' and {rest:,} more' if rest > 0 else ''}."


def _unknown(backtest: Backtest) -> str:
    """What is not replayed, and cannot be."""
    keys = ", ".join(f"`{key}`" for key in backtest.not_replayed)
    only = "No model was asked: only what was found at the time is here"
    words = [f"{only}, not what a review with the new {keys} would find." if keys else f"{only}."]
    if any(one.appears for replay in backtest.replays for one in replay.findings):
        words.append("What would appear may be refuted by a second question that was not asked then.")
    if backtest.on_github:
        words.append("Of what was held back, GitHub keeps that of each pull request's newest review.")
    return " ".join(words)


def _end(conclusion: Conclusion | None) -> str:
    return conclusion.value if conclusion else "no failure"


def backtest_json(backtest: Backtest) -> str:
    """The same as indented ASCII JSON with a final newline.

    `conclusion` is null where the check does not fail and the record does not say whether everything was
    read. Only findings that would be told otherwise are listed; the others are counted.
    """
    found = [one for replay in backtest.replays for one in replay.findings]
    value: JsonObject = {
        "source": encodable(backtest.source),
        "reviews": [_replay_json(replay) for replay in backtest.replays],
        "without_reviews": [encodable(name) for name in backtest.without],
        "not_read": [
            {"name": encodable(rest.name), "reason": encodable(rest.reason)} for rest in backtest.unread
        ],
        "not_replayed": [*backtest.not_replayed],
        "totals": {
            "vanish": sum(one.vanishes for one in found),
            "appear": sum(one.appears for one in found),
            "move": sum(one.moves for one in found),
            "stay": _staying(found),
        },
    }
    return json.dumps(value, indent=2, allow_nan=False) + "\n"


def _replay_json(replay: Replay) -> JsonObject:
    before, after = (end.value if end else None for end in (replay.before, replay.after))
    return {
        "name": encodable(replay.name),
        "title": encodable(replay.title),
        "skipped": encodable(replay.skipped),
        "conclusion": {"before": before, "after": after},
        "changes": [_finding_json(one) for one in replay.changed],
        "unchanged": len(replay.findings) - len(replay.changed),
    }


def _finding_json(one: Replayed) -> JsonObject:
    finding, said, lines = one.marked.finding, one.marked.disposition, one.marked.finding.lines
    return {
        "path": encodable(finding.path),
        "start_line": lines.start if lines else None,
        "line": lines.end if lines else None,
        "side": lines.side.value if lines else None,
        "severity": one.severity.value,
        "category": finding.category.value,
        "claim": encodable(finding.claim),
        "source": encodable(finding.source),
        "fingerprint": encodable(one.marked.fingerprint),
        "before": one.before.value,
        "after": one.after.value,
        "reason": encodable(one.reason),
        "disposition": said.fate.value,
        "disposition_by": encodable(said.by),
    }
