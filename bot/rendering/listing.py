"""Lists that the summary, the check run and the Markdown report share, as GitHub-flavoured markdown.

Every list is capped, and says how much it leaves out. Foreign text stands in list items only, never at the
beginning of a line.

What is *not* here: the headings over the lists, and which of them are folded away (bot.rendering.summary).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.review import PolicyProblem, Review
from bot.rendering.code import code_span, path_span
from bot.rendering.comment import backing, badge, case, claim_text, mending, why
from bot.rendering.limits import units
from bot.rendering.prose import first_sentence, prose
from bot.rendering.words import (
    SEVERITY_SIGNS,
    by_reason,
    count,
    joined_alike,
    location,
    not_read_files,
    not_read_reasons,
    not_shown,
    sentence,
    short_sha,
    side_words,
    since_words,
    times_words,
    unchanged_files,
    was,
)

ItemT = TypeVar("ItemT")

_PATHS_SHOWN = 10
_REASONS_SHOWN = 20
_FINDINGS_SHOWN = 100
_TEXTS_ROOM = 12_000
"""Characters for whole findings in one list."""
_PROBLEMS_SHOWN = 20
_NOTICES_SHOWN = 20
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._-]+)+")


def finding_lines(findings: Sequence[MarkedFinding], pull_url: str = "") -> str:
    """One line a finding: severity, place, first sentence; the place is a link to its thread."""
    return _capped(findings, lambda marked: _line(marked, pull_url), _FINDINGS_SHOWN, "finding")


def finding_texts(findings: Sequence[MarkedFinding], review: Review) -> str:
    """Whole findings, for those that have no inline comment to say it; further ones in one line each."""
    texts: list[str] = []
    left = _TEXTS_ROOM
    for marked in findings:
        text = _text(marked, review)
        left -= units(text)
        if texts and left < 0:
            break
        texts.append(text)
    return "\n\n".join(
        part for part in ("\n\n---\n\n".join(texts), finding_lines(findings[len(texts) :])) if part
    )


def not_shown_lines(review: Review) -> str:
    """Findings that were not posted, each with the reason; those that read alike in one line."""
    findings = not_shown(review)
    shown = joined_alike(findings, _not_shown_line)[:_FINDINGS_SHOWN]
    lines = [_not_shown_line(marked, times) for marked, times in shown]
    return _with_rest(lines, len(findings) - sum(times for _, times in shown), "finding")


def settled_lines(findings: Sequence[MarkedFinding], pull_url: str = "") -> str:
    """Findings that are none any more: how that came, by whom and why."""
    return _capped(findings, lambda marked: _settled_line(marked, pull_url), _FINDINGS_SHOWN, "finding")


def problem_lines(problems: Sequence[PolicyProblem]) -> str:
    """What is wrong with a policy file, line by line."""
    return _capped(problems, _problem_line, _PROBLEMS_SHOWN, "problem")


def coverage_line(review: Review) -> str:
    """How much was looked at: `Read 6 files, left out 2, **1 was not read**`."""
    coverage = review.coverage
    since = since_words(review, code_span(short_sha(review.since), 40))
    parts = [f"Read {count(len(coverage.read), 'file')}" + (f" for changes{since}" if since else "")]
    if unchanged := unchanged_files(review):
        parts = [*parts, unchanged] if coverage.read else [unchanged]
    if coverage.excluded:
        parts.append(f"left out {len(coverage.excluded):,}")
    missing = not_read_files(review)
    if missing:
        parts.append(f"**{missing:,} {was(missing)} not read**")
    return ", ".join(parts) + "."


def not_read_lines(review: Review) -> str:
    """What could not be looked at, grouped by reason."""
    return _groups(not_read_reasons(review.coverage.not_read))


def excluded_lines(review: Review) -> str:
    """What was left out on purpose, grouped by reason."""
    return _groups(by_reason((rest.path, rest.reason) for rest in review.coverage.excluded))


def notice_lines(review: Review) -> str:
    """Further sentences for people."""
    notices = [notice for notice in review.notices if notice.strip()]
    rest = len(notices) - _NOTICES_SHOWN
    lines = [f"**Notice:** {prose(notice, 500)}" for notice in notices[:_NOTICES_SHOWN]]
    return "\n\n".join([*lines, *([f"And {count(rest, 'more notice')}."] if rest > 0 else [])])


def _line(marked: MarkedFinding, pull_url: str) -> str:
    severity = marked.finding.severity
    start = f"- {SEVERITY_SIGNS[severity]} **{severity.capitalize()}** {_place(marked, pull_url)}"
    folded_away = " *(in an outdated thread)*" if marked.outdated else ""
    return f"{start}: {_brief(marked)}{folded_away}"


def _text(marked: MarkedFinding, review: Review) -> str:
    reason = prose(marked.disposition.reason, 200)
    parts = [
        f"{badge(marked)} · {path_span(location(marked))}" + (f" · {reason}" if reason else ""),
        claim_text(marked),
        case(marked),
        mending(marked),
        backing(marked, review),
        why(marked),
    ]
    return "\n\n".join(part for part in parts if part)


def _settled_line(marked: MarkedFinding, pull_url: str) -> str:
    said = marked.disposition
    who = f" by {code_span(said.by, 120)}" if said.by else ""
    why = prose(said.reason, 200)
    fate = "" if said.fate is Fate.FIXED else f" *{said.fate.capitalize()}*"  # its list says that
    start = f"- {_place(marked, pull_url)}: {_brief(marked)}{fate}{who}"
    if not fate and not who:  # the claim is a sentence of its own, and so is the reason
        return f"{start} {why[:1].upper()}{sentence(why)[1:]}" if why else start
    return f"{start}: {sentence(why)}" if why else start


def _problem_line(problem: PolicyProblem) -> str:
    place = [problem.path, *(str(number) for number in (problem.line, problem.column) if number > 0)]
    return f"- {path_span(':'.join(place))}: {prose(sentence(problem.message), 400) or 'cannot be used.'}"


def _not_shown_line(marked: MarkedFinding, times: int = 1) -> str:
    fate = f"*{marked.disposition.fate.value.capitalize()}*{times_words(times)}"
    reason = prose(marked.disposition.reason, 200)
    return f"- {_place(marked)}: {_brief(marked)} {fate}" + (f": {reason}" if reason else "")


def _place(marked: MarkedFinding, pull_url: str = "") -> str:
    side, place = side_words(marked), path_span(location(marked))
    if marked.comment_id is not None and _ADDRESS.fullmatch(pull_url):
        place = f"[{place}]({pull_url}#discussion_r{marked.comment_id})"
    return place + (f" ({side})" if side else "")


def _brief(marked: MarkedFinding) -> str:
    return prose(sentence(first_sentence(marked.finding.claim)[0]), 200) or "A problem without a description."


def _groups(groups: dict[str, list[str]]) -> str:
    return _capped(list(groups.items()), _group, _REASONS_SHOWN, "reason")


def _group(group: tuple[str, list[str]]) -> str:
    reason, paths = group
    return f"- {prose(reason, 200) or 'no reason given'}: {_paths(paths)}"


def _paths(paths: Sequence[str]) -> str:
    shown = ", ".join(path_span(path) for path in paths[:_PATHS_SHOWN])
    rest = len(paths) - _PATHS_SHOWN
    return f"{shown} and {rest:,} more" if rest > 0 else shown


def _capped(items: Sequence[ItemT], write: Callable[[ItemT], str], most: int, noun: str) -> str:
    """The first items as lines, and how many more there are."""
    return _with_rest([write(item) for item in items[:most]], len(items) - most, noun)


def _with_rest(lines: Sequence[str], rest: int, noun: str) -> str:
    return "\n".join([*lines, *([f"- and {count(rest, f'more {noun}')}"] if rest > 0 else [])])
