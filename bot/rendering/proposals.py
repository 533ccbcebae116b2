"""Proposed tests for findings and changes, as GitHub-flavoured markdown: the answer to `/ai-review tests`.

What is *not* here: the reply around it, and its marker (bot.rendering.replies).
"""

from __future__ import annotations

from bot.domain.finding import MarkedFinding
from bot.domain.proposal import ProposedTest
from bot.rendering.code import fenced, path_span
from bot.rendering.prose import first_sentence, prose
from bot.rendering.words import location, sentence


def proposed_test(marked: MarkedFinding, test: ProposedTest) -> str:
    """What the test shows, where it may belong, that nobody ran it, and its text in a fence that holds."""
    claim = prose(sentence(first_sentence(marked.finding.claim)[0]), 200)
    return _proposed(f"A test for {path_span(location(marked))}: {claim}".rstrip(), test)


def change_test(path: str, test: ProposedTest) -> str:
    """The same for a test of what a changed file does now."""
    return _proposed(f"A test for the change of {path_span(path)}.", test)


def _proposed(title: str, test: ProposedTest) -> str:
    place = (
        f"It may belong to {path_span(test.file_name)}. It was not run: see it fail before you rely on it."
    )
    return "\n\n".join([title, fenced(test.text, _info(test.language)), place])


def _info(language: str) -> str:
    """A fence's first line takes nothing but a plain word."""
    return language if language.isascii() and language.isalnum() else ""
