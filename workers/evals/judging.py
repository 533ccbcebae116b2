"""One narrow question to a judge: whether this finding states that defect.

What is *not* here: which pairs are worth asking about (workers.evals.matching).
"""

from __future__ import annotations

import hashlib
from string import Template

from pydantic import BaseModel

from bot.domain.finding import Finding
from workers.evals.cases import Truth
from workers.ports import Model, Prompt, Unanswered
from workers.review.untrusted import fenced, one_line, visible
from workers.templates import words

JUDGE = "judge-1"


class JudgeAnswer(BaseModel):
    """Whether two descriptions mean the same defect; the reason is thought of first."""

    reason: str
    same: bool


async def states(finding: Finding, truth: Truth, judge: Model) -> bool | None:
    """Whether they are the same defect; None where the judge gave no answer."""
    answer = await judge.ask(judge_prompt(finding, truth), JudgeAnswer)
    return None if isinstance(answer, Unanswered) else answer.value.same


def judge_prompt(finding: Finding, truth: Truth) -> Prompt:
    """The question. The same pair makes the same words, whatever variant or run the finding is from."""
    lines = finding.lines
    said = {
        "File": one_line(finding.path),
        "Lines": f"{lines.start}-{lines.end} ({lines.side})" if lines else "unknown",
        "Claim": visible(finding.claim),
        "Trigger": visible(finding.trigger),
        "Consequence": visible(finding.consequence),
    }
    report = "\n".join(f"{name}: {text}" for name, text in said.items() if text)
    material = f"Known defect:\n{visible(truth.description)}\n\nReport:\n{report}"
    nonce = hashlib.sha256(material.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    user = Template(_words("user")).substitute(nonce=nonce, material=fenced(material, nonce))
    return Prompt(_words("system"), user, JUDGE)


def _words(part: str) -> str:
    """With a line feed at the end: recorded answers are found by what was asked, to the letter."""
    return f"{words(f'{JUDGE}.{part}')}\n"
