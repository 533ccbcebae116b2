"""Answers of models, kept in files: an evaluation that was cut off goes on, one that ended runs again alone.

A file is found by what was asked, and of whom: a recording serves every variant that asks the same question,
and no model is given the answers of another.
What is *not* here: what the answers are worth (workers.evals.scoring).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic

from pydantic import TypeAdapter, ValidationError

from bot.domain.review import Usage
from bot.errors import ModelRefused, UsageError
from workers.ports import Answer, AnswerT, CodeLookup, Model, Prompt, Unanswered

NOT_RECORDED = "this question has no recorded answer"
RECORDED = "recorded"
"""Name of a model that nobody named: recorded answers are its own, whoever gave them."""


@dataclass(frozen=True, slots=True)
class RecordedModel:
    """A model whose answers are kept; without `inner`, only those that are kept are given.

    Failures are not kept: the next run asks again. A recording that does not say who answered is given where
    no model is asked, and nowhere else.

    Attributes:
        name: of the model that answers.
        folder: one JSON file an answer: `name` of the question, `model`, `answer`, `usage`.
        run: number of the repetition; each has answers of its own.
    """

    name: str
    folder: Path
    inner: Model | None = None
    run: int = 1

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`."""
        key = question_key(prompt, self.run)
        file = self.folder / f"{key}-{_short(self.name)}.json"
        kept = _read(file, shape)
        if kept is not None and kept.model == self.name:
            return kept.answer
        if self.inner is None:
            return self._of_others(key, shape)
        answer = await self.inner.ask(prompt, shape, lookup)
        if isinstance(answer, Answer):
            _write(file, prompt, self.name, answer, shape)
        return answer

    def _of_others(self, key: str, shape: type[AnswerT]) -> Answer[AnswerT] | Unanswered:
        """What is kept without a name; else, for a model that nobody named, the only answer that there is."""
        nameless = _read(self.folder / f"{key}.json", shape)
        if nameless is not None:
            return nameless.answer
        kept = {one.model: one for file in self.folder.glob(f"{key}-*.json") if (one := _read(file, shape))}
        if self.name == RECORDED and len(kept) == 1:
            return kept.popitem()[1].answer
        others = f", but one of {' and one of '.join(sorted(kept))}: name that model" if kept else ""
        return Unanswered(ModelRefused(f"{self.name}: {NOT_RECORDED}{others}"))


@dataclass(frozen=True, slots=True)
class _Kept(Generic[AnswerT]):
    """One file."""

    model: str
    answer: Answer[AnswerT]


def question_key(prompt: Prompt, run: int) -> str:
    """24 hexadecimal digits of the words of a question and the repetition."""
    text = json.dumps([prompt.name, prompt.system, prompt.text, run])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _short(name: str) -> str:
    """8 hexadecimal digits: a model's name may be a path, or too long for a file's."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _read(file: Path, shape: type[AnswerT]) -> _Kept[AnswerT] | None:
    """What is kept; None where there is none, or one that no longer fits what is asked for."""
    try:
        kept = json.loads(file.read_bytes())
        value = TypeAdapter(shape).validate_python(kept["answer"])
        return _Kept(str(kept.get("model", "")), Answer(value, Usage(**kept["usage"])))
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return None


def _write(file: Path, prompt: Prompt, model: str, answer: Answer[AnswerT], shape: type[AnswerT]) -> None:
    """Whole or not at all: another process may be reading.

    Raises:
        UsageError: it cannot be kept, and what is asked from here on would be paid for in vain.
    """
    kept = {
        "name": prompt.name,
        "model": model,
        "answer": TypeAdapter(shape).dump_python(answer.value, mode="json"),
        "usage": asdict(answer.usage),
    }
    part = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(kept, ensure_ascii=True, indent=1), encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise UsageError(f"no answer can be kept in {file.parent} ({error.strerror}).") from None
