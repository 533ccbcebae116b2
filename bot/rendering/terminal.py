"""A review on a terminal. Whoever needs it imports it late: rich takes its time to load.

Foreign text is made visible first and handed over as `Text`, never as markup, so that neither escape
sequences nor `[red]` do anything. All that colour says is said in words too.

What is *not* here: what else is printed with rich (workers.cli.demo_report, workers.cli.eval).
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from bot.domain.finding import Fate, MarkedFinding, Severity, is_rule
from bot.domain.review import Review
from bot.rendering.clean import block, one_line, path_text
from bot.rendering.headline import headline
from bot.rendering.prose import first_sentence
from bot.rendering.words import (
    NO_MODEL,
    RULES_SHOWN,
    by_reason,
    category_words,
    checked_words,
    confidence_words,
    count,
    deciding_verdict,
    joined_alike,
    lens_words,
    location,
    measured_words,
    not_read_files,
    not_read_reasons,
    not_shown,
    rule_words,
    sentence,
    settled_findings,
    short_sha,
    side_words,
    since_words,
    times_words,
    took_no_model,
    usage_words,
    votes_words,
)

_COLOURS = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold cyan",
}
_QUOTE_LINES = 8
_PATHS_SHOWN = 10


def render_terminal(review: Review, console: Console) -> None:
    """Print the review: findings first, then what was looked at, the headline last, where the eye rests."""
    for marked in review.shown:
        for line in _finding(marked, review, console):
            _print(console, line)
        _print(console, Text())
    for line in _ending(review, console):
        _print(console, line)


def _finding(marked: MarkedFinding, review: Review, console: Console) -> Iterator[Text]:
    finding = marked.finding
    still_open = "still open" if marked.disposition.fate is Fate.OPEN else ""
    breaks = f"breaks the rule {one_line(finding.rule, 80)}" if finding.rule.strip() else ""
    words = " · ".join(
        word for word in (category_words(marked), side_words(marked), breaks, still_open) if word
    )
    yield from _wrapped(Text(path_text(location(marked)), "bold"), console)
    yield from _wrapped(
        Text.assemble((finding.severity.value, _COLOURS[finding.severity]), f"  {words}"), console
    )
    claim = sentence(one_line(finding.claim, 1_000)) or "A problem without a description."
    yield from _wrapped(Text(claim), console, indent=2)
    yield from _quote(marked, console)
    parts = (
        ("When: ", finding.trigger),
        ("Then: ", finding.consequence),
        ("Look up: ", ", ".join(finding.needs[:4])),
        ("Mend: ", finding.fix_words),
    )
    for label, text in parts:
        if shown := one_line(text, 600):
            yield from _wrapped(Text.assemble((label, "bold"), shown), console, indent=2)
    yield from _wrapped(Text(_backing(marked, review), "dim"), console, indent=2)


def _quote(marked: MarkedFinding, console: Console) -> Iterator[Text]:
    """The quoted code with its line numbers, cut at the right edge; a long one is shortened."""
    lines = block(marked.finding.quote).strip("\n").expandtabs(4).split("\n")
    if lines == [""]:
        return
    start = marked.finding.lines.start if marked.finding.lines else None
    for index, line in enumerate(lines[:_QUOTE_LINES]):
        number = "" if start is None else str(start + index)
        text = Text(f"  {number:>5} | {line}", "cyan")
        text.truncate(console.width, overflow="ellipsis")
        yield text
    rest = len(lines) - _QUOTE_LINES
    if rest > 0:
        yield Text(f"        | ({count(rest, 'more line')})", "cyan")


def _backing(marked: MarkedFinding, review: Review) -> str:
    """Who says so, who checked it, how sure they are."""
    source = one_line(marked.finding.source, 80)
    from_rule = is_rule(marked.finding.source)
    if from_rule and took_no_model(review):
        return f"Rule {source}"
    verdict = deciding_verdict(marked)
    name, reason = (one_line(verdict.by, 80), one_line(verdict.reason, 200)) if verdict else ("", "")
    checked = checked_words(verdict, review, name, reason)
    if from_rule:
        return f"Rule {source} · {checked}"
    rules = ", ".join(one_line(rule_words(rule), 80) for rule in marked.backed_by[:RULES_SHOWN])
    checked += f" · also reported by {rules}" if rules else ""
    by = f"Found by {source} {lens_words(marked)}".rstrip()
    said = f"{by}, {confidence_words(marked.finding.confidence)}"
    return " · ".join(part for part in (said, votes_words(marked), checked, measured_words(marked)) if part)


def _ending(review: Review, console: Console) -> Iterator[Text]:
    coverage = review.coverage
    for notice in review.notices:
        yield from _wrapped(Text(f"Notice: {one_line(notice, 600)}", "yellow"), console)
    for problem in review.problems:
        place = path_text(f"{problem.path}:{problem.line}:{problem.column}")
        yield from _wrapped(Text(f"Policy: {place}: {one_line(problem.message, 600)}", "yellow"), console)
    yield from _rests("Not read", not_read_reasons(coverage.not_read), console, "yellow")
    excluded = by_reason((rest.path, rest.reason) for rest in coverage.excluded)
    yield from _rests("Left out", excluded, console, "dim")
    for marked in settled_findings(review):
        yield from _wrapped(Text(f"Settled: {_not_shown(marked)}", "dim"), console)
    for marked, times in joined_alike(not_shown(review), _not_shown):
        yield from _wrapped(Text(f"Not shown: {_not_shown(marked, times)}", "dim"), console)
    if coverage.read or coverage.excluded or coverage.not_read or coverage.earlier:
        yield from _wrapped(Text(_counts(review), "dim"), console)
    colour = "bold green" if review.is_complete and not review.shown else "bold yellow"
    yield from _wrapped(Text(one_line(headline(review), 400), colour), console)


def _rests(title: str, groups: dict[str, list[str]], console: Console, style: str) -> Iterator[Text]:
    for reason, paths in groups.items():
        shown = ", ".join(path_text(path) for path in paths[:_PATHS_SHOWN])
        rest = len(paths) - _PATHS_SHOWN
        more = f" and {rest:,} more" if rest > 0 else ""
        yield from _wrapped(Text(f"{title} ({one_line(reason, 200)}): {shown}{more}", style), console)


def _not_shown(marked: MarkedFinding, times: int = 1) -> str:
    reason, by = one_line(marked.disposition.reason, 200), one_line(marked.disposition.by, 120)
    fate = marked.disposition.fate.value + (f" by {by}" if by else "")
    fate += times_words(times)
    why = f"{fate}: {reason}" if reason else fate
    return f"{path_text(location(marked))}: {sentence(first_sentence(marked.finding.claim)[0])} ({why})"


def _counts(review: Review) -> str:
    """What was read, by whom, at what cost."""
    coverage = review.coverage
    since = since_words(review, one_line(short_sha(review.since), 40))
    parts = [f"Read {count(len(coverage.read), 'file')}" + (f" for changes{since}" if since else "")]
    parts += [f"{len(coverage.earlier):,} unchanged since their review"] if coverage.earlier else []
    parts += [f"left out {len(coverage.excluded):,}"] if coverage.excluded else []
    parts += [f"not read {not_read_files(review):,}"] if coverage.not_read else []
    who = f"static rules, {NO_MODEL}" if took_no_model(review) else one_line(review.reviewer, 80)
    checker = f"checked by {one_line(review.cross_checker, 80)}" if review.cross_checker else ""
    return " · ".join(part for part in (", ".join(parts), who, checker, usage_words(review.usage)) if part)


def _wrapped(text: Text, console: Console, indent: int = 0) -> Iterator[Text]:
    """Lines that fit the console, each indented."""
    for line in text.wrap(console, max(console.width - indent, 20)):
        line.rstrip()
        yield Text(" " * indent).append_text(line)


def _print(console: Console, text: Text) -> None:
    """Print one line as it is; what the terminal's encoding lacks becomes `?`."""
    text.plain = text.plain.encode(console.encoding, "replace").decode(console.encoding)
    console.print(text, no_wrap=True, overflow="ignore", crop=False, highlight=False)
