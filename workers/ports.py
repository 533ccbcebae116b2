"""What the engine asks of the outside world. Adapters stand in workers.models, .analysers and .context.

What is *not* here: GitHub and Redis. The engine knows neither: workers.reading_pulls brings what is on the
one, workers.inspecting what is in the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from bot.domain.diff import FileDiff
from bot.domain.finding import Finding
from bot.domain.review import Usage
from bot.errors import ModelError

AnswerT = TypeVar("AnswerT")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Image:
    """A picture for a model that can see. What it shows was made by others: data, never an instruction.

    Attributes:
        name: the changed file, or the address in the description that it comes from.
        media_type: `image/png` and the like.
    """

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to a model.

    Attributes:
        system: instructions, the same for every review, so that providers can cache them.
        user: the material, fenced.
        name: template and version, for records: `find-2/all-1`.
        question: what is asked of the material. Several questions about one material share all that stands
            before, so that a provider's cache serves it; empty where the question stands in the system text.
        images: shown with the material where the model can see; a model that cannot goes without.
        sample: 0, or which further answer to the same question this asks for: one that may differ.
    """

    system: str
    user: str
    name: str
    question: str = ""
    images: tuple[Image, ...] = ()
    sample: int = 0

    @property
    def text(self) -> str:
        """Material and question, as one message."""
        return f"{self.user}\n{self.question}" if self.question else self.user


@dataclass(frozen=True, slots=True)
class Answer(Generic[AnswerT]):
    """A schema-checked answer and what it cost."""

    value: AnswerT
    usage: Usage


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no usable answer, and what it cost all the same.

    Attributes:
        part: what came whole of an answer that did not, in the shape that was asked for; None where nothing
            did. It says what there is, and never that there is nothing else.
    """

    error: ModelError
    usage: Usage = field(default_factory=Usage)
    part: object = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One place of a word in the code base; `line` is 1-based, `text` the whole line, cut if it is long."""

    path: str
    line: int
    text: str


class InPart(tuple[T_co, ...]):
    """What was listed or found where not everything could be looked at: what is not in it may be there."""

    __slots__ = ()


def is_whole(found: Sequence[object]) -> bool:
    """Whether that is all that there is; False for an `InPart`."""
    return not isinstance(found, InPart)


class CodeBase(Protocol):
    """The repository around a change, as far as it is at hand. All that it returns was written by others."""

    async def paths(self) -> Sequence[str]:
        """Every text file at the head commit that may be read, sorted; `InPart` where not all are known."""

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text at the head commit by path; None where missing, binary, too large or a symbolic link."""

    async def read_base(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """The same on the base branch: what the change cannot have touched."""

    async def search(self, words: Sequence[str]) -> Sequence[Hit]:
        """Places at the head commit where one of these literal words stands as a whole word; bounded.

        `InPart` where bounds, or what could not be searched, may have kept something back.
        """


class CodeLookup(Protocol):
    """Bounded looks into the code at the head commit, for a model that checks something.

    Both answer in words that a model can read, refusals and used-up bounds included; neither raises.
    """

    async def read(self, path: str, start: int, end: int) -> str:
        """Lines `start` to `end` (1-based, both included) of a file, with their numbers."""

    async def search(self, text: str) -> str:
        """Places of a literal text, as `path:line: code`."""


class Model(Protocol):
    """Something that answers a question in a given shape."""

    @property
    def name(self) -> str:
        """As people configured it: `openai:NAME`, `anthropic:NAME`."""

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """Answer in `shape` (a pydantic model), after at most one repair and bounded retries.

        With a `lookup` the model may look at code before it answers.
        """


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A changed file whose text at the head commit is known."""

    diff: FileDiff
    text: str

    @property
    def path(self) -> str:
        """Name at the head commit."""
        return self.diff.path


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one analyser found.

    Attributes:
        findings: with `lines` set; only those on added lines matter to the engine.
        covered: paths it has rules for and looked at.
        failed: path -> why it could not be looked at although it has rules for it.
        whole: paths of which it holds all that a tool said that ran elsewhere: anything else, that tool does
            not say.
    """

    findings: tuple[Finding, ...] = ()
    covered: frozenset[str] = frozenset()
    failed: Mapping[str, str] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()


class Analyser(Protocol):
    """A static analyser: reads text, runs nothing of it, reads no configuration but ours."""

    @property
    def name(self) -> str:
        """Short, as in `Finding.source`: `ruff`."""

    async def analyse(self, files: Sequence[SourceFile]) -> Analysis:
        """Look at whole files. A crash or timeout is reported in `failed`, never raised."""


class CodeReader(Protocol):
    """Text of files at the head commit."""

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text by path; None where the file is missing, binary or too large.

        Raises:
            GitHubError: when the source of the text cannot be reached at all.
        """
