"""A test as text for people: that fails because of a finding, or that holds what a change does.

A model writes it, in the style of a test that is there.

It is never run and never written anywhere. What is *not* here: the command that asks for it, and how it is
shown (bot.rendering.proposals).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from pydantic import BaseModel

from bot.domain.finding import MarkedFinding
from bot.domain.proposal import ProposedTest
from bot.domain.review import Usage
from bot.errors import GitHubError
from bot.parsing.masking import holds_mask
from bot.parsing.telling_tests import is_test
from bot.rendering.clean import block
from bot.telemetry.redaction import Redactor
from workers.context.grammars import grammar_of
from workers.ports import CodeBase, Model, Prompt, SourceFile, Unanswered
from workers.review.change import Change, Engine
from workers.review.fitting import broken_places
from workers.review.mending_prompts import (
    change_test_prompt,
    changed_code,
    code_around,
    example_text,
    failing_test_prompt,
)
from workers.review.pasted import unpasted
from workers.review.spots import lines_of, replacement_of
from workers.review.timing import Deadline
from workers.review.untrusted import is_hidden

LONGEST_TEST = 12_000
"""Characters of a test that is shown."""
MOST_LINES = 200
EXAMPLE_LINES = 120
EXAMPLE_CHARACTERS = 6_000
_FILE_NAME = re.compile(r"(?!/)(?!.*(?:^|/)\.{1,2}(?:/|$))[\w./ @+-]{1,200}")

_log = logging.getLogger(__name__)


class WrittenTest(BaseModel):
    """One test; empty where none can be written."""

    file_name: str
    test: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A test, or None, and what asking cost."""

    test: ProposedTest | None
    usage: Usage = field(default_factory=Usage)


async def propose_test(
    marked: MarkedFinding,
    change: Change,
    files: Sequence[SourceFile],
    model: Model,
    engine: Engine,
    deadline: Deadline,
) -> Proposal:
    """Ask for one test. None where the file is not at hand, time ran out, or no usable test was given."""
    file = next((file for file in files if file.path == marked.finding.path), None)
    if file is None or grammar_of(file.path) is None:
        return Proposal(None)
    code = partial(code_around, marked.finding, file, engine.limits.enclosing_lines)

    def prompt(code: str, example: str) -> Prompt:
        return failing_test_prompt(marked, code, example, change, engine.nonce())

    [proposal] = await deadline.gather([_propose(file, code, prompt, model, engine)])
    return proposal or Proposal(None)


async def propose_change_test(
    file: SourceFile, change: Change, model: Model, engine: Engine, deadline: Deadline
) -> Proposal:
    """Ask for one test of what a changed file does now, where nothing was found in it. None as above."""
    if grammar_of(file.path) is None:
        return Proposal(None)
    code = partial(changed_code, file, engine.limits.enclosing_lines)

    def prompt(code: str, example: str) -> Prompt:
        return change_test_prompt(code, example, change, engine.nonce())

    [proposal] = await deadline.gather([_propose(file, code, prompt, model, engine)])
    return proposal or Proposal(None)


async def _propose(
    file: SourceFile,
    code: Callable[[], str],
    prompt: Callable[[str, str], Prompt],
    model: Model,
    engine: Engine,
) -> Proposal:
    path, example = await _example(file.path, engine.code)
    answer = await model.ask(prompt(await asyncio.to_thread(code), example), WrittenTest)
    if isinstance(answer, Unanswered):
        _log.warning("No test could be proposed: %s", answer.error)
        return Proposal(None, answer.usage)
    name = _file_name(answer.value.file_name, path, file.path)
    return Proposal(await asyncio.to_thread(_usable, answer.value.test, name), answer.usage)


async def _example(path: str, code: CodeBase | None) -> tuple[str, str]:
    """Path of the nearest existing test, and a part of it as a model sees it; both empty without one."""
    if code is None:
        return "", ""
    try:
        paths = await code.paths()
        nearest = min(
            (one for one in paths if one != path and is_test(one) and _suffix(one) == _suffix(path)),
            key=lambda one: _distance(one, path),
            default=None,
        )
        text = (await code.read([nearest])).get(nearest) if nearest else None
    except GitHubError:
        return "", ""
    if nearest is None or text is None:
        return "", ""
    return nearest, example_text(nearest, text, EXAMPLE_LINES, EXAMPLE_CHARACTERS)


def _distance(test: str, path: str) -> tuple[bool, int, str]:
    """Sorts tests of a file by its name first, then by the folders that both have in common."""
    stem = PurePosixPath(path).stem.lower()
    folders, wanted = PurePosixPath(test).parts[:-1], PurePosixPath(path).parts[:-1]
    common = len(set(folders) & set(wanted))
    return (stem not in PurePosixPath(test).stem.lower(), -common, test)


def _usable(answer: str, file_name: str) -> ProposedTest | None:
    """The test as it may be shown: bounded, visible, and nothing that its grammar cannot read."""
    if not answer.strip() or len(answer) > LONGEST_TEST:
        return None
    lines = unpasted(lines_of(answer.strip("\r\n")), (), 1)
    text = replacement_of(lines)
    odd = block(text) != text or any(is_hidden(char) for char in text)
    odd = odd or holds_mask(text) or Redactor().clean(text) != text
    grammar = grammar_of(file_name)
    if odd or grammar is None or len(lines) > MOST_LINES or broken_places(text, file_name) != 0:
        _log.info("A proposed test cannot be shown")
        return None
    return ProposedTest(text, file_name, grammar)


def _file_name(name: str, example: str, path: str) -> str:
    """Where the test may belong: the model's word where that is a path of its language, else our guess."""
    if _FILE_NAME.fullmatch(name) and grammar_of(name) == grammar_of(path):
        return name
    pure = PurePosixPath(path)
    return example or f"test_{pure.stem}{pure.suffix}"


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()
