"""The inline comment of one finding: what a reviewer can read in ten seconds.

What is *not* here: where the comment stands (bot.domain.diff.Anchor) and posting it.
"""

from __future__ import annotations

from bot.domain.finding import MarkedFinding
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
    is_from_model,
    measured_words,
    rule_words,
    sentence,
    side_words,
    took_no_model,
    votes_words,
)

_LONGEST_BOLD = 300


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
    ]
    marker = write_marker(MarkerKind.FINDING, fp=marked.fingerprint)
    return cut("\n\n".join(part for part in parts if part), marker)


def badge(marked: MarkedFinding) -> str:
    """`🟠 **High** · missing check`."""
    severity = marked.finding.severity
    words = [
        f"{SEVERITY_SIGNS[severity]} **{severity.capitalize()}**",
        category_words(marked),
        side_words(marked),
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
    """When it fails, and what happens then, as a short list; empty when neither is known."""
    trigger, consequence = prose(marked.finding.trigger, 400), prose(marked.finding.consequence, 400)
    lines = [f"- **When:** {trigger}" if trigger else "", f"- **Then:** {consequence}" if consequence else ""]
    return "\n".join(line for line in lines if line)


def mending(marked: MarkedFinding) -> str:
    """How to mend it, in words; empty when that is not known."""
    words = prose(sentence(marked.finding.fix_words), 400)
    return f"How to mend it: {words}" if words else ""


def backing(marked: MarkedFinding, review: Review) -> str:
    """Who says so, who checked it, how sure they are."""
    source = code_span(marked.finding.source, 80)
    if took_no_model(review):
        return f"Rule {source} · {NO_MODEL}"
    verdict = deciding_verdict(marked)
    name, reason = (code_span(verdict.by, 80), prose(verdict.reason, 200)) if verdict else ("", "")
    checked = checked_words(verdict, review, name, reason)
    if is_from_model(marked, review):
        said = f"Found by {source}, {confidence_words(marked.finding.confidence)}"
        parts = [said, votes_words(marked), checked + also_reported(marked), measured_words(marked)]
        return " · ".join(part for part in parts if part)
    return f"Rule {source} · {checked}"


def also_reported(marked: MarkedFinding) -> str:
    """` · also reported by ruff B006`; empty where no rule says the same."""
    rules = ", ".join(code_span(rule_words(rule), 80) for rule in marked.backed_by[:RULES_SHOWN])
    return f" · also reported by {rules}" if rules else ""
