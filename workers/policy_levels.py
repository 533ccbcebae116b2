"""Which policy applies, from the texts of the files that there are; and what people are told of it.

The repository's file of the base branch lies on the organisation's. Where it cannot be used, the newest text
of it without a mistake takes its place. What a pull request makes of the file never has an effect; only its
mistakes are named.

What is *not* here: fetching the texts (workers.reading_pulls), and the operator's limits
(workers.operator_limits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from bot.domain.diff import FileDiff, FileStatus
from bot.domain.in_force import LastGood, Level, PolicyInForce
from bot.domain.policy import POLICY_PATH
from bot.domain.review import PolicyProblem
from bot.errors import PolicyError
from bot.parsing.policies import Layer, lay, mistakes_in, read_policy_text
from bot.rendering.words import count, mistake_words

ORGANISATION_PATH = f"the organisation's {POLICY_PATH}"
CHANGED = "This pull request changes the policy; it is reviewed under the one of the base branch."


class PolicyMemory(Protocol):
    """Where the newest policy without a mistake is kept, by repository and base branch."""

    def get(self, repo: str, branch: str) -> LastGood | None:
        """What was kept last."""

    def put(self, repo: str, branch: str, text: str) -> None:
        """Keep a text."""


class NoMemory:
    """Keeps nothing: for commands that run once."""

    def get(self, repo: str, branch: str) -> LastGood | None:
        """Nothing was kept."""

    def put(self, repo: str, branch: str, text: str) -> None:
        """Forget it at once."""


@dataclass(frozen=True, slots=True)
class File:
    """A policy file as it was found.

    Attributes:
        text: None where there is no file.
        unreadable: there is one, and it is too large or no text.
    """

    text: str | None = None
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """All policy files that matter for one review.

    Attributes:
        repository: of the base commit.
        last_good: kept of an earlier state of it.
        head: as the pull request leaves it; None where that does not touch it.
    """

    repository: File = File()
    organisation: File = File()
    last_good: LastGood | None = None
    head: File | None = None


def policy_in_force(files: Files) -> PolicyInForce:
    """The policy that applies, with origins, notices and problems."""
    notices: list[str] = []
    layers, wrong = _organisation(files.organisation)
    notices += wrong
    own, problems, wrong = _repository(files, layers)
    notices += wrong
    if files.head is not None:
        problems, wrong = _head(files.head)
        notices += [CHANGED, *wrong]
    return replace(lay([*layers, *own]), notices=tuple(notices), problems=problems)


def last_good_in_force(memory: PolicyMemory, repo: str, branch: str) -> PolicyInForce:
    """The policy that applied last, where no file can be read now; without memory the built-in one."""
    return policy_in_force(with_last_good(Files(File(unreadable=True)), memory, repo, branch))


def changes_policy(file: FileDiff) -> bool:
    """Whether what happened to a file is a change of the policy: also its removal, under whatever name."""
    return file.path == POLICY_PATH or (file.status is FileStatus.RENAMED and file.old_path == POLICY_PATH)


def with_last_good(files: Files, memory: PolicyMemory, repo: str, branch: str) -> Files:
    """The files, with what is known of earlier states; a file without a mistake is kept for later ones."""
    text = files.repository.text
    if text is None and not files.repository.unreadable:
        return files
    if text is not None and not mistakes_in(text, most=1):
        memory.put(repo, branch, text)
        return files
    return replace(files, last_good=memory.get(repo, branch))


def _organisation(file: File) -> tuple[list[Layer], list[str]]:
    """The organisation's level, and what is wrong with it."""
    if file.unreadable:
        return [], [f"The organisation's {POLICY_PATH} is too large or no text: it is left out."]
    try:
        text = read_policy_text(file.text or "")
    except PolicyError as error:
        return [], [f"The organisation's {_place(error, file)} It is left out."]
    return [Layer(Level.ORGANISATION, ORGANISATION_PATH, text)] if file.text else [], []


def _repository(
    files: Files, below: Sequence[Layer]
) -> tuple[list[Layer], tuple[PolicyProblem, ...], list[str]]:
    """The repository's level: its file, or what is left of it."""
    file = files.repository
    problems: tuple[PolicyProblem, ...] = ()
    try:
        if not file.unreadable:
            text = read_policy_text(file.text or "")
            return [Layer(Level.REPOSITORY, POLICY_PATH, text)] if file.text else [], (), []
        wrong = f"{POLICY_PATH} is too large or no text."
    except PolicyError as error:
        wrong, problems = _place(error, file), _problems(file)
    last = _last_good(files.last_good)
    if last is not None and files.last_good is not None:
        day = datetime.fromtimestamp(files.last_good.at, UTC)
        instead = f"The policy of {day.day} {day:%B %Y} applies, the last one without a mistake."
    else:
        instead = "The organisation's policy applies." if below else "The default policy applies."
    return [last] if last else [], problems, [f"{wrong} {instead}"]


def _last_good(kept: LastGood | None) -> Layer | None:
    try:
        return Layer(Level.LAST_GOOD, POLICY_PATH, read_policy_text(kept.text)) if kept else None
    except PolicyError:  # this release understands less than the one that kept it
        return None


def _head(file: File) -> tuple[tuple[PolicyProblem, ...], list[str]]:
    """What is wrong with the file as a pull request leaves it."""
    if file.unreadable:
        return (), ["Its new version is too large or no text: merged like this, it could not be used."]
    problems = _problems(file)
    if not problems:
        return (), []
    many = "a mistake" if len(problems) == 1 else count(len(problems), "mistake")
    return problems, [f"The new version has {many}; merged like this, it could not be used."]


def _problems(file: File) -> tuple[PolicyProblem, ...]:
    return tuple(_problem(error) for error in mistakes_in(file.text or ""))


def _problem(error: PolicyError) -> PolicyProblem:
    return PolicyProblem(POLICY_PATH, error.line or 0, error.column or 0, str(error))


def _place(error: PolicyError, file: File) -> str:
    """The first mistake of a file with its place, and how many there are beside it; whole sentences."""
    first = mistake_words(_problem(error))
    rest = len(mistakes_in(file.text or "")) - 1
    more = f" It has {count(rest, 'more mistake')}." if rest > 0 else ""
    return f"{first}{more}"
