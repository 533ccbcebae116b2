"""What is proposed to people beside findings. It is shown, never run and never written to a repository.

What is *not* here: the fix of a finding, which is a part of it (bot.domain.finding).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProposedTest:
    """A test that should fail because of a finding, or one that holds what a change does.

    Attributes:
        text: the whole of it, as a model wrote it: foreign text.
        file_name: where it may belong, from the top of the repository.
        language: for the colours of a code block: `python`.
    """

    text: str
    file_name: str
    language: str
