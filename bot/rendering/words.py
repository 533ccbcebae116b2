"""Small words that every surface shares, so that one thing has one name everywhere.

All results are plain text without markdown; what is foreign in them (paths, model names) is still foreign.

What is *not* here: making foreign text harmless (bot.rendering.clean, bot.rendering.prose,
bot.rendering.code).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import floor, isfinite, log10

from bot.domain.diff import Side
from bot.domain.finding import REPORTS, Fate, MarkedFinding, Ruling, Severity, Verdict, kind_of
from bot.domain.ledger import SETTLED, TOLD_BEFORE
from bot.domain.review import NotRead, PolicyProblem, Review, Usage

SEVERITY_SIGNS = {
    Severity.CRITICAL: "🔴",
    Severity.HIGH: "🟠",
    Severity.MEDIUM: "🟡",
    Severity.LOW: "⚪",
}
NO_MODEL = "no model took part"
RULES_SHOWN = 3
"""Of the rules that back a finding."""
_IRREGULAR = {"reply": "replies"}
_LENSES = {
    "behaviour": "looking at behaviour before and after",
    "checks": "looking for missing checks",
    "contracts": "looking at contracts with callers",
    "rules": "looking at this repository's rules",
}


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`, `1,200 files`."""
    plural = noun if number == 1 else _IRREGULAR.get(noun, f"{noun}s")
    return f"{number:,} {plural}"


def was(number: int) -> str:
    """`was` or `were`."""
    return "was" if number == 1 else "were"


def sentence(text: str) -> str:
    """Text that ends with a full stop, or with whatever other end it has."""
    stripped = text.strip()
    return stripped if not stripped or stripped[-1] in ".!?…" else f"{stripped}."


def category_words(marked: MarkedFinding) -> str:
    """`missing-check` as `missing check`."""
    return marked.finding.category.value.replace("-", " ").replace("api ", "API ")


def lines_words(marked: MarkedFinding) -> str:
    """`41`, `41-43`, or empty where no line is known."""
    lines = marked.finding.lines
    if lines is not None:
        first, last = lines.start, lines.end
    elif marked.anchor is not None:
        first, last = marked.anchor.first_line, marked.anchor.line
    else:
        return ""
    return str(first) if first == last else f"{first}-{last}"


def location(marked: MarkedFinding) -> str:
    """`path:41-43`; the path alone where no line is known."""
    lines = lines_words(marked)
    return f"{marked.finding.path}:{lines}" if lines else marked.finding.path


def side_words(marked: MarkedFinding) -> str:
    """A hint for findings on lines that the change removes; else empty."""
    lines = marked.finding.lines
    return "removed line" if lines is not None and lines.side is Side.LEFT else ""


def confidence(value: float) -> float:
    """A confidence as a number from 0 to 1, whatever a source put there."""
    return min(max(value, 0.0), 1.0) if isfinite(value) else 0.0


def confidence_words(value: float) -> str:
    """`fairly sure (82 %)`."""
    known = confidence(value)
    steps = ((0.9, "very sure"), (0.7, "fairly sure"), (0.4, "not sure"))
    word = next((word for least, word in steps if known >= least), "a guess")
    return f"{word} ({round(known * 100)} %)"


def rule_words(source: str) -> str:
    """`ruff B006` for `ruff:B006`, `CodeQL py/path-injection` for `sarif:CodeQL:py/path-injection`."""
    named = source.partition(":")[2] if kind_of(source) in REPORTS else source
    return named.replace(":", " ", 1)


def took_no_model(review: Review) -> bool:
    """Whether analysers alone made this review."""
    return review.reviewer == "static" and review.cross_checker is None


def checked_words(verdict: Verdict | None, review: Review, name: str, reason: str) -> str:
    """What a second model says: `confirmed by …`, `not verified: …`.

    `name` and `reason` are the verdict's, as the surface at hand writes foreign text.
    """
    if verdict is None:
        has_second = review.has_second or review.cross_checker
        return "no second opinion needed" if has_second else "not verified by a second model"
    if verdict.ruling is Ruling.CONFIRMED:
        return f"confirmed by {name}" + (", asked again" if verdict.by == review.reviewer else "")
    if verdict.ruling is Ruling.REFUTED:
        return f"{name} disagrees" + (f": {reason}" if reason else "")
    return f"not verified: {reason or f'{name} could not tell'}"


def measured_words(marked: MarkedFinding) -> str:
    """`of findings like this by a strong model, 41 of 44 stated a known bug when measured`, or nothing.

    The table that comes with a version says which model that was; people may use a weaker one.
    """
    known = marked.measured
    if known is None:
        return ""
    share = f"{known.right} of {known.of}"
    return f"of findings like this by a strong model, {share} stated a known bug when measured"


def votes_words(marked: MarkedFinding) -> str:
    """`found independently 2 times`: by several passes or answers; empty where it was found once."""
    return f"found independently {marked.votes} times" if marked.votes > 1 else ""


def lens_words(marked: MarkedFinding) -> str:
    """`looking for missing checks`; empty for a question about everything, and for rules of analysers."""
    return _LENSES.get(marked.finding.lens, "")


def deciding_verdict(marked: MarkedFinding) -> Verdict | None:
    """The verdict worth showing: a decided one before an undecided one, the first of each."""
    decided = (verdict for verdict in marked.verdicts if verdict.ruling is not Ruling.UNSURE)
    return next(decided, next(iter(marked.verdicts), None))


def not_read_files(review: Review) -> int:
    """How many files were not read, or not all of them."""
    return review.coverage.files_not_read


def unchanged_files(review: Review) -> str:
    """`4 files unchanged since their review`: what this one did not read again; empty where there is none."""
    files = len(review.coverage.earlier)
    whose = "its" if files == 1 else "their"
    return f"{count(files, 'file')} unchanged since {whose} review" if files else ""


def is_later(review: Review) -> bool:
    """Whether it goes on from an earlier review of the same pull request."""
    return bool(review.since or review.coverage.earlier or review.with_fate(Fate.OPEN, *SETTLED))


def since_words(review: Review, commit: str) -> str:
    """` since the review of 4f1c2a9`; empty where it looked at everything.

    After a force push the commit may be none of the pull request's any more; its review was there.

    Args:
        commit: the short name of that commit, as the surface at hand writes foreign text.
    """
    return f" since the review of {commit}" if review.since else ""


def new_findings(review: Review) -> tuple[MarkedFinding, ...]:
    """Problems that people are told of for the first time; of a first look that is repeated, all of them."""
    told, later = review.with_fate(Fate.POSTED, Fate.FOLDED, Fate.UNANCHORED), is_later(review)
    return tuple(marked for marked in told if not (later and marked.since))


def open_findings(review: Review) -> tuple[MarkedFinding, ...]:
    """Problems that people were told of before, at this commit or an earlier one, and that nobody settled."""
    told = review.with_fate(Fate.OPEN, Fate.POSTED, Fate.FOLDED, Fate.UNANCHORED)
    new = new_findings(review)
    return tuple(marked for marked in told if marked not in new)


def settled_findings(review: Review) -> tuple[MarkedFinding, ...]:
    """Problems that people were told of and that are none any more."""
    return review.with_fate(*SETTLED)


def held_back(review: Review) -> tuple[MarkedFinding, ...]:
    """Findings that may be real and are not shown as problems: the review must not claim 'no problems'."""
    return review.with_fate(Fate.SUPPRESSED, Fate.PRE_EXISTING)


def not_shown(review: Review) -> tuple[MarkedFinding, ...]:
    """Every finding that is not told of as a problem, whatever the reason.

    What only repeats a finding of an earlier review is none of them: that one is told, or is settled.
    """
    hidden = review.with_fate(
        Fate.SUPPRESSED, Fate.PRE_EXISTING, Fate.UNSUPPORTED, Fate.REFUTED, Fate.DUPLICATE
    )
    return tuple(marked for marked in hidden if marked.disposition.reason != TOLD_BEFORE)


def joined_alike(
    findings: Iterable[MarkedFinding], say: Callable[[MarkedFinding], str]
) -> list[tuple[MarkedFinding, int]]:
    """The first finding of those of which the same is said, and how many they are, in their order."""
    groups: dict[str, list[MarkedFinding]] = {}
    for marked in findings:
        groups.setdefault(say(marked), []).append(marked)
    return [(group[0], len(group)) for group in groups.values()]


def times_words(times: int) -> str:
    """`, 3 times`; empty for what is said once."""
    return f", {times:,} times" if times > 1 else ""


def by_reason(rests: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """(path, reason) pairs as reason -> paths, both in the order of their first appearance."""
    groups: dict[str, list[str]] = {}
    for path, reason in rests:
        paths = groups.setdefault(reason, [])
        if path not in paths:
            paths.append(path)
    return groups


def mistake_words(problem: PolicyProblem) -> str:
    """`PATH line 2, column 1: what is wrong.`: so begins the notice of a policy that cannot be used."""
    place = f" line {problem.line}, column {problem.column or 1}" if problem.line else ""
    return f"{problem.path}{place}: {sentence(problem.message)}"


def further_mistakes(review: Review) -> tuple[PolicyProblem, ...]:
    """What is wrong with the policy, but for what a notice says already."""
    return tuple(
        problem
        for problem in review.problems
        if not any(notice.startswith(mistake_words(problem)) for notice in review.notices)
    )


def not_read_reasons(rests: Iterable[NotRead]) -> dict[str, list[str]]:
    """What was not read, reason -> paths."""
    return by_reason((rest.path, rest.reason) for rest in rests)


def usage_words(usage: Usage) -> str:
    """`5 calls, 41.2k tokens in, 2.1k out, $0.12`; empty when no model was called."""
    if not usage.calls:
        return ""
    tokens = f"{_thousands(usage.prompt_tokens)} tokens in, {_thousands(usage.completion_tokens)} out"
    if usage.cost_usd is None and not (usage.prompt_tokens or usage.completion_tokens):
        tokens = "tokens not counted by the server"
    return f"{count(usage.calls, 'call')}, {tokens}, {_dollars(usage.cost_usd)}"


def next_try(seconds: float) -> str:
    """`next try in 5 minutes`, for the reason of a review that could not be done."""
    if seconds < 90:
        return f"next try in {count(max(round(seconds), 1), 'second')}"
    if seconds < 5_400:
        return f"next try in {count(round(seconds / 60), 'minute')}"
    return f"next try in {count(round(seconds / 3_600), 'hour')}"


def short_sha(head: str) -> str:
    """A commit id as people write it; other names (`HEAD`) stay."""
    return head[:7] if len(head) == 40 else head


def _thousands(tokens: int) -> str:
    return f"{tokens / 1_000:.1f}k" if tokens >= 1_000 else str(tokens)


def exact_dollars(usd: float) -> str:
    """`$0.0123`, `$1.50`: exact enough to tell two small amounts apart."""
    places = min(max(2, 2 - floor(log10(usd))), 6) if usd > 0 else 2
    whole, _, part = f"{usd:.{places}f}".partition(".")
    return f"${whole}.{part.rstrip('0'):0<2}"


def _dollars(cost: float | None) -> str:
    if cost is None or not isfinite(cost):
        return "cost not known"
    return f"${cost:.2f}" if cost >= 0.01 or cost == 0 else "under $0.01"
