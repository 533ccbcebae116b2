"""Answers of models, kept in files: an evaluation that was cut off goes on, one that ended runs again alone.

A file is found by what was asked, so a recording serves every variant that asks the same question.
What is *not* here: what the answers are worth (workers.evals.scoring).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.domain.review import Usage
from bot.errors import ModelRefused
from workers.ports import Answer, AnswerT, CodeLookup, Model, Prompt, Unanswered

NOT_RECORDED = "this question has no recorded answer"


@dataclass(frozen=True, slots=True)
class RecordedModel:
    """A model whose answers are kept; without `inner`, only those that are kept are given.

    Failures are not kept: the next run asks again.

    Attributes:
        name: of the model that answered.
        folder: one JSON file a question: `name`, `answer`, `usage`.
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
        file = self.folder / f"{question_key(prompt, self.run)}.json"
        kept = _read(file, shape)
        if kept is not None:
            return kept
        if self.inner is None:
            return Unanswered(ModelRefused(f"{self.name}: {NOT_RECORDED}"))
        answer = await self.inner.ask(prompt, shape, lookup)
        if isinstance(answer, Answer):
            _write(file, prompt, answer, shape)
        return answer


def question_key(prompt: Prompt, run: int) -> str:
    """24 hexadecimal digits of the words of a question and the repetition."""
    text = json.dumps([prompt.name, prompt.system, prompt.text, run])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _read(file: Path, shape: type[AnswerT]) -> Answer[AnswerT] | None:
    """The kept answer; None where there is none, or one that no longer fits what is asked for."""
    try:
        kept = json.loads(file.read_bytes())
        value = TypeAdapter(shape).validate_python(kept["answer"])
        return Answer(value, Usage(**kept["usage"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, ValidationError):
        return None


def _write(file: Path, prompt: Prompt, answer: Answer[AnswerT], shape: type[AnswerT]) -> None:
    """Whole or not at all: another process may be reading."""
    kept = {
        "name": prompt.name,
        "answer": TypeAdapter(shape).dump_python(answer.value, mode="json"),
        "usage": asdict(answer.usage),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(kept, ensure_ascii=True, indent=1), encoding="utf-8")
    part.replace(file)
