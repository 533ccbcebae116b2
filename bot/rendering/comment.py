"""The inline comment of one finding: what a reviewer can read in ten seconds.

What is wrong, when, with what consequence and how sure that is stand open; why a second model agrees is
folded. Lists of findings elsewhere are made of the same parts.

What is *not* here: where the comment stands (bot.domain.diff.Anchor), posting it, and what becomes of it once
its finding is settled (settled.py).
"""

from __future__ import annotations

from typing import Final

from bot.domain.finding import MarkedFinding, Ruling, is_rule
from bot.domain.review import Review
from bot.rendering.clean import one_line
from bot.rendering.code import code_span, suggestion
from bot.rendering.limits import cut
from bot.rendering.markers import MarkerKind, write_marker
from bot.rendering.prose import LONGEST_TEXT, first_sentence, prose
from bot.rendering.words import (
    NO_MODEL,
    RULES_SHOWN,
    SEVERITY_SIGNS,
    category_words,
    checked_words,
    confidence_words,
    deciding_verdict,
    lens_words,
    measured_words,
    rule_words,
    sentence,
    side_words,
    took_no_model,
    votes_words,
)

_LONGEST_BOLD = 300
_NAMES_SHOWN = 4
_REASONS_SHOWN = 3
_WHY = "Why it was confirmed"
FOOT: Final = "<sub>Reply `/ai-review explain` or `/ai-review dismiss REASON`.</sub>"


def inline_comment(marked: MarkedFinding, review: Review) -> str:
    """Markdown of one inline comment, within GitHub's limit, ending in its marker.

    Raises:
        ValueError: when the fingerprint cannot stand in a marker.
    """
    parts = [
        badge(marked),
        claim_text(marked),
        case(marked),
        suggestion(marked.finding, marked.anchor),
        mending(marked),
        backing(marked, review),
        folded(_WHY, reasons(marked)),
    ]
    marker = write_marker(MarkerKind.FINDING, fp=marked.fingerprint)
    return cut("\n\n".join(part for part in parts if part), f"{FOOT}\n\n{marker}")


def badge(marked: MarkedFinding) -> str:
    """`🟠 **High** · missing check`, and the repository's own rule that it breaks."""
    severity, rule = marked.finding.severity, marked.finding.rule
    words = [
        f"{SEVERITY_SIGNS[severity]} **{severity.capitalize()}**",
        category_words(marked),
        side_words(marked),
        f"breaks the rule {code_span(rule, 80)} of this repository" if rule else "",
    ]
    return " · ".join(word for word in words if word)


def claim_text(marked: MarkedFinding) -> str:
    """The claim, its first sentence in bold; an endless one stays plain, since bold is to be short."""
    claim = marked.finding.claim
    first, rest = first_sentence(claim, _LONGEST_BOLD)
    if not first:
        return "**A problem without a description.**"
    if rest == one_line(claim, LONGEST_TEXT):  # it was cut, and the rest holds it whole
        return prose(sentence(rest))
    return f"**{prose(sentence(first))}** {prose(rest)}".rstrip()


def case(marked: MarkedFinding) -> str:
    """When it fails, what happens then, and what to look up to be sure, as a short list; may be empty."""
    trigger, consequence = prose(marked.finding.trigger, 400), prose(marked.finding.consequence, 400)
    names = ", ".join(code_span(name, 80) for name in marked.finding.needs[:_NAMES_SHOWN] if name.strip())
    lines = [
        f"- **When:** {trigger}" if trigger else "",
        f"- **Then:** {consequence}" if consequence else "",
        f"- **To check:** look up {names}." if names and not _is_confirmed(marked) else "",
    ]
    return "\n".join(line for line in lines if line)


def _is_confirmed(marked: MarkedFinding) -> bool:
    """Whether a second model has looked already."""
    verdict = deciding_verdict(marked)
    return verdict is not None and verdict.ruling is Ruling.CONFIRMED


def mending(marked: MarkedFinding) -> str:
    """How to mend it, in words; empty when that is not known."""
    words = prose(sentence(marked.finding.fix_words), 400)
    return f"How to mend it: {words}" if words else ""


def backing(marked: MarkedFinding, review: Review) -> str:
    """Who says so, who checked it, how sure they are."""
    source = code_span(marked.finding.source, 80)
    from_rule = is_rule(marked.finding.source)
    if from_rule and took_no_model(review):
        return f"Rule {source} · {NO_MODEL}"
    verdict = deciding_verdict(marked)
    name, reason = (code_span(verdict.by, 80), prose(verdict.reason, 200)) if verdict else ("", "")
    checked = checked_words(verdict, review, name, reason)
    if from_rule:
        return f"Rule {source} · {checked}"
    lens = lens_words(marked)
    said = f"Found by {source}{f' {lens}' if lens else ''}, {confidence_words(marked.finding.confidence)}"
    parts = [said, votes_words(marked), checked + also_reported(marked), measured_words(marked)]
    return " · ".join(part for part in parts if part)


def reasons(marked: MarkedFinding) -> str:
    """Why it was confirmed, in one paragraph; empty where it was not, or nobody said why."""
    confirmed = [verdict for verdict in marked.verdicts if verdict.ruling is Ruling.CONFIRMED]
    said = [
        (verdict, reason)
        for verdict in confirmed[:_REASONS_SHOWN]
        if (reason := prose(sentence(verdict.reason), 400))
    ]
    if len(said) < 2:
        return "".join(reason for _, reason in said)
    return " ".join(f"{code_span(verdict.by, 80)}: {reason}" for verdict, reason in said)


def also_reported(marked: MarkedFinding) -> str:
    """` · also reported by ruff B006`; empty where no rule says the same."""
    rules = ", ".join(code_span(rule_words(rule), 80) for rule in marked.backed_by[:RULES_SHOWN])
    return f" · also reported by {rules}" if rules else ""


def why(marked: MarkedFinding) -> str:
    """`reasons` with their title, where nothing is folded."""
    said = reasons(marked)
    return f"{_WHY}: {said}" if said else ""


def folded(title: str, content: str) -> str:
    """Content behind a title of ours that opens on a click; empty when there is none."""
    return f"<details>\n<summary>{title}</summary>\n\n{content}\n\n</details>" if content else ""
