"""How an answer ended: whether the provider says that it is whole, and what came where it is not.

An answer that was cut off may parse all the same: `{"findings": []}` of a model that had no room left does
not say that there is nothing. So an answer counts only where its end has a word for one that is whole.
What is *not* here: what such an answer means for a question (workers.models.failures).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart

from workers.models.json_text import whole_items_in
from workers.models.output_modes import keys_of
from workers.ports import AnswerT

_WHOLE = ("stop", "tool_call")
_ALSO_WHOLE = (
    *("stop", "stop_sequence", "tool_use", "tool_calls", "function_call"),
    *("end", "end_turn", "eos", "eos_token", "complete", "completed", "finished", "done"),
)
"""Words of compatible servers that the library does not know, in lower case."""
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}")


@dataclass(frozen=True, slots=True)
class Cut:
    """An answer that is not whole.

    Attributes:
        word: what the provider calls it.
        withheld: whether a filter held the rest back.
        text: what came, outside of thoughts; empty where it was no answer yet.
    """

    word: str
    withheld: bool
    text: str


def cut_of(response: ModelResponse, output_tools: frozenset[str] = frozenset()) -> Cut | None:
    """What is known of an answer that is not whole; None for one that is.

    Args:
        output_tools: names of the tools whose arguments are the answer.
    """
    said = (response.provider_details or {}).get("finish_reason")
    known = response.finish_reason in _WHOLE
    if response.finish_reason is None:  # a server that says nothing has sent what it had
        known = said is None or str(said).lower() in _ALSO_WHOLE
    if known and response.state == "complete":
        return None
    word = next((str(one) for one in (said, response.finish_reason) if one), response.state)
    return Cut(
        word if _WORD.fullmatch(word) else "unknown",
        response.finish_reason == "content_filter",
        _written(response, output_tools),
    )


def emptied(response: ModelResponse, cut: Cut) -> ModelResponse:
    """The response without what came: the library counts it, and neither takes it nor has it repaired."""
    return replace(
        response, parts=[], state="complete", finish_reason="content_filter" if cut.withheld else "length"
    )


def part_of(cut: Cut, shape: type[AnswerT]) -> AnswerT | None:
    """What of the answer came whole, as an answer; None where nothing did."""
    found = whole_items_in(cut.text, keys_of(shape))
    if found is None:
        return None
    try:
        return TypeAdapter(shape).validate_json(found)
    except ValidationError:
        return None


def _written(response: ModelResponse, output_tools: frozenset[str]) -> str:
    calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
    if not calls:
        return "".join(part.content for part in response.parts if isinstance(part, TextPart))
    if len(calls) > 1 or calls[0].tool_name not in output_tools:
        return ""
    given = calls[0].args or ""
    return given if isinstance(given, str) else json.dumps(_without_last_items(given))


def _without_last_items(given: Mapping[str, object]) -> dict[str, object]:
    """Arguments that came parsed: whether the last item of a list is whole cannot be told."""
    return {name: value[:-1] if isinstance(value, list) else value for name, value in given.items()}
