"""The question whether a finding of an earlier review still holds, and its answer as a vote.

It shows the finding, its code as it is now, and what of the push may have to do with it.
What is *not* here: when it is asked and what follows (workers.review.rechecking), and its words (prompts/).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.domain.finding import MarkedFinding, Verdict
from bot.domain.review import Usage
from workers.ports import Model, SourceFile, Unanswered
from workers.review.bundles import show
from workers.review.change import OUT_OF_TIME, tokens
from workers.review.delta import Delta
from workers.review.following import NOT_ASKED_AGAIN, names_of
from workers.review.gaps import gap_of
from workers.review.masked_files import masked_file
from workers.review.prompting import about_change, checking_prompt
from workers.review.questions import Question, Questions
from workers.review.reading import CheckAnswer, read_verdict
from workers.review.untrusted import one_line

RECHECK: Final = "recheck-1"
PUSHED_TOKENS: Final = 1_500
"""Code that was pushed since, shown with one question at most."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Vote:
    """A verdict, or why there is none."""

    verdict: Verdict | None
    why: str = ""
    usage: Usage = field(default_factory=Usage)


def silence(why: str, usage: Usage | None = None) -> Vote:
    """No answer. The words are kept with the finding, so that the next review asks."""
    return Vote(None, f"{NOT_ASKED_AGAIN}: {why}", usage or Usage())


async def ask_again(marked: MarkedFinding, delta: Delta, questions: Questions, model: Model) -> Vote:
    """Ask about one finding, at its place of now."""
    question = await question_about(marked, delta, questions)
    if question is None:
        return silence(OUT_OF_TIME.reason)
    answer = await model.ask(question.prompt, CheckAnswer, question.lookup)
    if isinstance(answer, Unanswered):
        _log.warning("An open finding could not be checked again: %s", answer.error)
        return silence(gap_of(answer.error).reason, answer.usage)
    return Vote(read_verdict(answer.value, model.name), usage=answer.usage)


async def question_about(marked: MarkedFinding, delta: Delta, questions: Questions) -> Question | None:
    """Whether a finding still holds; None where its file is not at hand or time ran out."""
    shown = await questions.shown(marked)
    if shown is None:
        return None
    prompt = checking_prompt(
        RECHECK,
        marked.finding,
        about_change(questions.change),
        (shown.code, _pushed(marked, delta, questions.files), shown.beside),
        questions.engine.nonce(),
        questions.rule_of(marked),
    )
    return Question(prompt, shown.lookup)


def _pushed(marked: MarkedFinding, delta: Delta, files: Sequence[SourceFile]) -> str:
    """Fresh hunks that may have to do with a finding, those of its file first; empty where all is fresh."""
    if delta.is_everything:
        return ""
    names = names_of(marked.finding)
    own = [marked.finding.path] if delta.is_fresh(marked.finding.path) else []
    others = (path for path, words in sorted(delta.words.items()) if not names.isdisjoint(words))
    pieces = "\n".join(_fitting(_hunks(dict.fromkeys((*own, *others)), delta, files)))
    return f"Pushed since the report was made:\n{pieces}" if pieces else ""


def _hunks(paths: Iterable[str], delta: Delta, files: Sequence[SourceFile]) -> Iterator[str]:
    by_path = {file.path: file for file in files}
    for path in paths:
        hunks, file = delta.fresh[path], by_path.get(path)
        if file is not None:
            hunks = masked_file(replace(file, diff=replace(file.diff, hunks=hunks))).diff.hunks
        for hunk in hunks:
            yield f"File: {one_line(path)}\n{show(hunk.lines)}"


def _fitting(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces within the bound; what does not fit is left out, the checker can look."""
    left = PUSHED_TOKENS
    for piece in pieces:
        if (cost := tokens(piece)) <= left:
            left -= cost
            yield piece
