"""Answers to people: short, no mention of anybody, never about anybody.

Each carries the id of the comment that it answers, and which event it answers where editing can make a
comment ask for something else: each event is answered once. Our own commands are written as code: an answer
must never be read as a command. Of what people wrote only a word that is no command is repeated, as code too.

What is *not* here: what a pause says (bot.rendering.pauses), a policy (bot.rendering.policies), and tests
(bot.rendering.proposals).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from bot.domain.finding import MarkedFinding, Severity, Verdict
from bot.domain.policy import MayCommand
from bot.domain.request import CommandName
from bot.rendering.code import code_span
from bot.rendering.limits import cut
from bot.rendering.markers import MarkerKind, write_marker
from bot.rendering.prose import prose
from bot.rendering.words import rule_words, sentence

_MEANINGS = MappingProxyType(
    {
        CommandName.REVIEW: "review the newest commit",
        CommandName.FULL: "review the whole pull request again",
        CommandName.HELP: "show this list",
        CommandName.PAUSE: "stop reviewing pushes to this pull request",
        CommandName.RESUME: "review pushes again",
        CommandName.CONFIG: "show the policy that applies here",
        CommandName.TESTS: "propose tests for this change",
        CommandName.EXPLAIN: "in the thread of a finding: explain it",
        CommandName.DISMISS: "in the thread of a finding: it is no problem; a reason may follow",
    }
)
NO_MODEL: Final = "This needs a model, and this installation has none."
CLOSED: Final = "The pull request is closed."
NOTHING_TO_TEST: Final = (
    "No finding is open and no changed code could be tested: there is no test to propose."
)
NO_TEST: Final = "The model proposed no test that could be used."

_WAY_OUT: Final = "`/ai-review dismiss REASON` takes it off"
_RUFF: Final = re.compile(r"ruff:([A-Z]{1,5}[0-9]{1,5})")
_TYPED = 80
"""Characters of what is no command."""
_TYPED_SHOWN = 5
_PARAGRAPHS = 8
_PARAGRAPH = 900
"""Characters of one paragraph of an explanation."""


def reply(text: str, comment_id: int, round_number: int | None = None, *, delivery: str | None = None) -> str:
    """A text as the answer to a comment, within GitHub's limit.

    Args:
        round_number: which answer to an argument of its thread it is.
        delivery: the event that is answered; None for comments that are heard once only.
    """
    return cut(text, reply_marker(comment_id, round_number, delivery=delivery))


def reply_marker(comment_id: int, round_number: int | None = None, *, delivery: str | None = None) -> str:
    """By this the answer to a comment is found again."""
    values = {"comment": str(comment_id)}
    if delivery is not None:  # hashed: the header that names it is no part of what GitHub signs
        values["event"] = hashlib.sha256(delivery.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    if round_number is not None:
        values["round"] = str(round_number)
    return write_marker(MarkerKind.REPLY, **values)


def help_words() -> str:
    """Every command, and who may use it."""
    return f"{_list()}\n\nCommands need write permission, or what the policy of this repository asks for."


def unknown_words(texts: Sequence[str] = ()) -> str:
    """For what starts like a command and is none.

    Args:
        texts: what stood behind `/ai-review`, foreign text; empty where that is not known.
    """
    what = _typed(texts) if texts else "This word"
    verb, noun = ("are", "commands") if len(texts) > 1 else ("is", "command")
    return f"{what} {verb} no {noun}. These are:\n\n{_list()}"


def permission_words(least: MayCommand) -> str:
    """For a colleague who may write, where that is not enough."""
    return f"Commands need {code_span(least.value, 20)} permission here: `commands.permission` of the policy."


def left_out_words(
    commands: Sequence[CommandName], most: int, *, unknown: Sequence[str] | None = None
) -> str:
    """For what a comment asks for beyond the commands that are obeyed.

    Args:
        unknown: where `help` among them stands for what is no command: that, as in `unknown_words`.
    """
    words = ", ".join(
        f"`{_written(command)}`"
        if unknown is None or command is not CommandName.HELP
        else _no_command(unknown)
        for command in commands
    )
    return f"Of one comment {most} commands are obeyed. Left out: {words}."


def _no_command(texts: Sequence[str]) -> str:
    """What is no command, in a list of those that are."""
    if not texts:
        return "a word that is no command"
    return f"{_typed(texts)} (no {'command' if len(texts) == 1 else 'commands'})"


def _typed(texts: Sequence[str]) -> str:
    """What people typed behind `/ai-review`, as code."""
    shown = [code_span(f"/ai-review {text}", _TYPED) for text in texts[:_TYPED_SHOWN]]
    rest = len(texts) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


def elsewhere_words(command: CommandName) -> str:
    """For a command that needs the thread of one of our findings."""
    return f"`{_written(command)}` works in the thread of a finding: answer to its comment."


def evidence_words(marked: MarkedFinding) -> str:
    """What is known of a finding beside its own comment, which is not repeated; nobody is asked."""
    checked = [_verdict(verdict) for verdict in marked.verdicts if verdict.reason.strip()]
    rules = ", ".join(code_span(rule_words(rule), 80) for rule in marked.backed_by[:5])
    rest = (
        f"What {code_span(marked.finding.source, 80)} found stands at the top of this thread; no model was"
        f" asked for this answer. If it is no problem here, {_WAY_OUT}."
    )
    known = ("\n".join(checked), f"Also reported by {rules}." if rules else "")
    parts = (*known, _rule_page(marked.finding.source), rest)
    return "\n\n".join(part for part in parts if part)


def explanation_words(text: str, model: str) -> str:
    """What a model says about a finding, paragraph by paragraph."""
    paragraphs = [prose(part, _PARAGRAPH) for part in re.split(r"\n\s*\n", text.strip())[:_PARAGRAPHS]]
    shown = "\n\n".join(part for part in paragraphs if part)
    return f"{shown}\n\nWritten by {code_span(model, 80)}, which read the code again."


def unexplained_words(why: str) -> str:
    """Instead of an explanation, before what is known without one."""
    return f"The model could not be asked ({prose(why, 200)})."


def stays_words(looked: str, *, last: bool) -> str:
    """Why a finding stays after somebody argued against it.

    Args:
        looked: what came of the new look, from one of the functions below.
        last: no further argument of this thread is looked into.
    """
    if not last:
        return looked
    return f"{looked} This was the last look" + (
        "." if _WAY_OUT in looked else f": `{_written(CommandName.DISMISS)}` settles it."
    )


def looked_words(verdict: Verdict) -> str:
    """The new look bears the finding out, or cannot tell."""
    return f"{_looked(verdict)} The finding stays."


def unlooked_words(why: str) -> str:
    """There was no new look."""
    return f"The code could not be looked at again: {prose(why, 200)}. The finding stays; {_WAY_OUT}."


def needs_writer_words(verdict: Verdict, severity: Severity) -> str:
    """The model changed its mind, and for a grave finding that is not enough."""
    return (
        f"{_looked(verdict)} A finding of {severity} severity stays until somebody with write permission says"
        f" so too: `{_written(CommandName.DISMISS)}`."
    )


def not_by_code_alone_words(verdict: Verdict, severity: Severity, alone: Verdict | None) -> str:
    """The argument convinced the model, and the code alone did not."""
    without = prose(sentence(alone.reason), 300) if alone else "the question got no answer."
    return (
        f"{_looked(verdict)} Asked without the argument: {without} A finding of {severity} severity is taken"
        " back only when the code alone refutes it. The finding stays."
    )


def _looked(verdict: Verdict) -> str:
    reason = prose(sentence(verdict.reason), 600) or "No reason was given."
    return f"Looked again with {code_span(verdict.by, 80)}: {reason}"


def _rule_page(source: str) -> str:
    """Where a rule is explained by those who wrote it; empty where nobody has."""
    code = _RUFF.fullmatch(source)
    return f"`ruff rule {code[1]}` prints why the rule exists, with an example of good code." if code else ""


def _verdict(verdict: Verdict) -> str:
    return f"- {code_span(verdict.by, 80)} ({verdict.ruling}): {prose(sentence(verdict.reason), 300)}"


def _list() -> str:
    return "\n".join(f"- `{_written(name)}`: {meaning}" for name, meaning in _MEANINGS.items())


def _written(name: CommandName) -> str:
    """A command as people type it."""
    return "/ai-review" if name is CommandName.REVIEW else f"/ai-review {name}"
