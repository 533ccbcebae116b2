"""A model that answers by rules of its own making: for tests and rehearsals without a provider.

What is *not* here: anything that thinks. A rule either fits the prompt or it does not.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.domain.review import Usage
from bot.errors import ModelAnswerInvalid, ModelError, ModelRefused, ModelUnavailable, SettingsError
from workers.ports import Answer, AnswerT, CodeLookup, Prompt, Unanswered

ERRORS: Mapping[str, Callable[[str], ModelError]] = {
    "unavailable": ModelUnavailable,
    "refused": ModelRefused,
    "invalid": ModelAnswerInvalid,
}


class Read(BaseModel):
    """A look at lines of a file: path, first and last line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    read: tuple[str, int, int]


class Search(BaseModel):
    """A look for a text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    search: str


class Rule(BaseModel):
    """What to do with a prompt that fits.

    Attributes:
        match: regular expression, searched in system and user text; `.` also matches a newline.
        name: regular expression for the prompt's name (`find-1`), to tell kinds of question apart.
        answer: JSON that goes through the asked-for shape like any model's answer.
        error: `unavailable`, `refused` or `invalid`: raised instead of an answer.
        looks: what is looked up before the answer, in order, where looking is offered.
        delay: seconds before anything happens.
        times: how often the rule may be used; None is without end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: str = ""
    name: str = ""
    answer: object = Field(default_factory=dict)
    error: str | None = Field(None, pattern=f"^({'|'.join(ERRORS)})$")
    looks: tuple[Read | Search, ...] = ()
    delay: float = Field(0, ge=0)
    times: int | None = Field(None, ge=0)


class Script(BaseModel):
    """A rules file: the rules in order, and where to write each prompt down (one JSON object a line)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[Rule, ...]
    record: Path | None = None


@dataclass(slots=True)
class ScriptedModel:
    """Answers with the first rule that fits; without one it is an error, so that no test passes by accident.

    Attributes:
        prompts: every question so far, in order.
        looked: what the looks of all questions gave, in order.
    """

    rules: Sequence[Rule]
    name: str = "scripted"
    record: Path | None = None
    prompts: list[Prompt] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    _used: dict[int, int] = field(default_factory=dict)

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`. Counts one call and four characters a token."""
        self._write_down(prompt)
        rule = self._rule_for(prompt)
        if rule is None:
            return Unanswered(ModelRefused(f"scripted: no rule fits this {prompt.name} prompt"))
        if rule.delay:
            await asyncio.sleep(rule.delay)
        looked = [await _look(look, lookup) for look in rule.looks] if lookup is not None else []
        self._write_down_looks(prompt, looked)
        asked = (len(prompt.system) + len(prompt.text) + sum(map(len, looked))) // 4
        if rule.error:
            return Unanswered(ERRORS[rule.error](f"scripted: {rule.error}"), Usage(1, asked))
        usage = Usage(1, asked, 0, len(json.dumps(rule.answer)) // 4, 0.0)
        try:
            value = TypeAdapter(shape).validate_python(rule.answer)
        except ValidationError as error:
            words = f"scripted: {error.error_count()} problems in the scripted answer"
            return Unanswered(ModelAnswerInvalid(words), usage)
        return Answer(value, usage)

    def _write_down(self, prompt: Prompt) -> None:
        self.prompts.append(prompt)
        if self.record is not None:
            line = json.dumps({"name": prompt.name, "system": prompt.system, "user": prompt.text})
            self._append(line)

    def _write_down_looks(self, prompt: Prompt, looked: Sequence[str]) -> None:
        self.looked.extend(looked)
        if looked and self.record is not None:
            self._append(json.dumps({"name": prompt.name, "looked": looked}))

    def _append(self, line: str) -> None:
        if self.record is not None:
            with self.record.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def _rule_for(self, prompt: Prompt) -> Rule | None:
        text = f"{prompt.system}\n{prompt.text}"
        for number, rule in enumerate(self.rules):
            left = rule.times is None or self._used.get(number, 0) < rule.times
            if left and re.search(rule.name, prompt.name) and re.search(rule.match, text, re.DOTALL):
                self._used[number] = self._used.get(number, 0) + 1
                return rule
        return None


async def _look(look: Read | Search, lookup: CodeLookup) -> str:
    return await (lookup.read(*look.read) if isinstance(look, Read) else lookup.search(look.search))


def load_scripted(path: Path) -> ScriptedModel:
    """A scripted model from a rules file (`Script` as JSON).

    Raises:
        SettingsError: the file cannot be read or is no script.
    """
    try:
        script = Script.model_validate_json(path.read_bytes())
    except OSError:
        raise SettingsError(f"The rules file {path} cannot be read: correct the path.") from None
    except ValidationError as error:
        raise SettingsError(f"The rules file {path} is wrong: {error.errors()[0]['msg']}.") from None
    return ScriptedModel(script.rules, record=script.record)
