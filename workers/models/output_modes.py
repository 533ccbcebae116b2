"""The ways in which a server is asked for an answer of a given shape, best one first.

    schema   the server itself binds the answer to a JSON schema
    tool     the answer is the argument of a tool that has to be called
    json     the schema stands in the instructions, and nothing is asked of the server; no tools are offered

What is *not* here: reading JSON out of text (workers.models.json_text).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from string import Template
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic_ai import ModelRetry, NativeOutput, TextOutput, ToolOutput
from pydantic_ai.output import OutputSpec

from workers.ports import AnswerT
from workers.templates import words

TEMPLATE: Final = "json-answer-1"


class OutputMode(StrEnum):
    """One way; values as in `AI_REVIEW_MODEL_OUTPUT`."""

    SCHEMA = "schema"
    TOOL = "tool"
    JSON = "json"


@dataclass(slots=True)
class OutputModes:
    """Which ways a server takes: those that it refused are not tried again.

    Attributes:
        only: the operator's choice; None finds out.
        refused: learned from answers.
    """

    only: OutputMode | None = None
    refused: set[OutputMode] = field(default_factory=set)

    def for_model(self, profile: Mapping[str, object]) -> Sequence[OutputMode]:
        """Ways to try, in order; never empty.

        Args:
            profile: what the library knows of the model.
        """
        if self.only is not None:
            return (self.only,)
        first = (OutputMode.SCHEMA,) if profile.get("supports_json_schema_output") else ()
        modes = [mode for mode in (*first, OutputMode.TOOL) if mode not in self.refused]
        return (*modes, OutputMode.JSON)


def output_type(mode: OutputMode, shape: type[AnswerT]) -> OutputSpec[AnswerT]:
    """What the library is told."""
    if mode is OutputMode.SCHEMA:
        return NativeOutput(shape)
    if mode is OutputMode.TOOL:
        return ToolOutput(shape)

    def read(text: str) -> AnswerT:
        try:
            return TypeAdapter(shape).validate_json(text)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            told = json.dumps(problems[:10])
            raise ModelRetry(f"The answer is not valid: {told}. Answer with the JSON object only.") from None

    return TextOutput(read)


def keys_of(shape: type[object]) -> frozenset[str]:
    """Names that an answer of this shape has at its top; those that it may have where it needs none."""
    schema = TypeAdapter(shape).json_schema()
    return frozenset(schema.get("required") or schema.get("properties") or ())


def instructions(mode: OutputMode, system: str, shape: type[AnswerT]) -> str:
    """A question's instructions, with the schema where no other way tells it."""
    if mode is not OutputMode.JSON:
        return system
    schema = json.dumps(TypeAdapter(shape).json_schema(), separators=(",", ":"))
    return f"{system}\n\n{Template(words(TEMPLATE)).substitute(schema=schema)}"
