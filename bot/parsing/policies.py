"""The policy file of a repository, `.github/ai-review.yml`, into a `Policy`.

The file is read twice. First as a stream of events, where everything hostile or too clever is refused
(aliases, tags, directives, deep nesting, thousands of entries) before anything is built. Then as a tree that
remembers its lines, so that a mistake is reported with its line and key. Pydantic checks the values.

What is *not* here: from where and from which branch the file comes (bot.github), and what its words do.
"""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from bot.domain.finding import Severity
from bot.domain.policy import CrossCheck, FailOn, Policy
from bot.errors import PolicyError
from bot.parsing.paths import MAX_PATTERNS, pattern_problem

MAX_SIZE = 64 * 1024  # characters
MAX_LINES = 5000  # measured: empty lines cost ruamel most, more than 0.1 s for 64 kB of them
MAX_DEPTH = 8
MAX_BRACKETS = 20  # open at once within a line: ruamel looks 1,024 characters ahead, in quadratic time
MAX_EVENTS = 2000
MAX_COMMENTS = 60

_BRACKET = re.compile(r"[\[\]{}]")
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_TAG = "tag:yaml.org,2002:"

Value = dict[str, "Value"] | list["Value"] | str | int | bool | None


def _usable(pattern: str) -> str:
    """A pattern of `ignore`, as it is."""
    if problem := pattern_problem(pattern):
        raise PydanticCustomError("pattern", "a pattern of `ignore` {problem}", {"problem": problem})
    return pattern


class PolicyFile(BaseModel):
    """The keys of the file; all are optional. Descriptions end the sentence 'KEY must be …'."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: int = Field(1, ge=1, le=1, description="1")
    enabled: bool = Field(Policy().enabled, description="true or false")
    ignore: tuple[Annotated[str, AfterValidator(_usable)], ...] = Field(
        Policy().ignore,
        strict=False,
        max_length=MAX_PATTERNS,
        description=f"a list of at most {MAX_PATTERNS} gitignore patterns, in quotes where YAML needs them",
    )
    severity_threshold: Severity = Field(
        Policy().severity_threshold, strict=False, description=f"one of {', '.join(Severity)}"
    )
    max_comments: int = Field(
        Policy().max_comments,
        ge=0,
        le=MAX_COMMENTS,
        description=f"a whole number from 0 to {MAX_COMMENTS}",
    )
    fail_on: FailOn = Field(Policy().fail_on, strict=False, description=f"one of {', '.join(FailOn)}")
    cross_check: CrossCheck | None = Field(
        Policy().cross_check, strict=False, description=f"one of {', '.join(CrossCheck)}"
    )
    suggestions: bool = Field(Policy().suggestions, description="true or false")
    code_scanning: bool = Field(Policy().code_scanning, description="true or false")


def parse_policy(text: str) -> Policy:
    """The policy that a file asks for; an empty file asks for the defaults, and so does an empty key.

    Raises:
        PolicyError: with the line and the key of the first mistake.
    """
    root = _tree(text)
    values = _value(root, "") if root else None
    if values is None:
        return Policy()
    if not root or not isinstance(values, dict):
        raise PolicyError("the policy file must consist of `key: value` lines", line=1)
    known = PolicyFile.model_fields
    given = {key: value for key, value in values.items() if value is not None or key not in known}
    try:
        file = PolicyFile.model_validate(given)
    except ValidationError as error:
        raise _sentence(_first(error.errors(include_url=False), list(values)), root) from None
    return Policy(
        enabled=file.enabled,
        ignore=file.ignore,
        severity_threshold=file.severity_threshold,
        max_comments=file.max_comments,
        fail_on=file.fail_on,
        cross_check=file.cross_check,
        suggestions=file.suggestions,
        code_scanning=file.code_scanning,
    )


def _tree(text: str) -> Node | None:
    """The file's only document as a tree, None when it is empty, after everything refused was looked for."""
    _refuse_size(text)
    try:
        _refuse_tricks(YAML(typ="safe", pure=True).parse(io.StringIO(text)))
        tree: Node | None = YAML(typ="safe", pure=True).compose(io.StringIO(text))
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise PolicyError("there is a character that YAML does not allow", line=line) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line_of_mark = mark.line + 1 if mark else None
        raise PolicyError(f"this is not valid YAML: {_plain(error.problem)}", line=line_of_mark) from error
    except YAMLError as error:
        raise PolicyError("this is not valid YAML") from error
    return tree


def _refuse_size(text: str) -> None:
    """Stop at what would take ruamel too long to look at."""
    lines = text[: MAX_SIZE + 1].split("\n")
    if len(text) > MAX_SIZE or len(lines) > MAX_LINES:
        raise PolicyError(f"the policy file is longer than {MAX_SIZE // 1024} kB or {MAX_LINES} lines")
    for number, line in enumerate(lines, start=1):
        if _most_open(line) > MAX_BRACKETS:
            raise PolicyError(f"more than {MAX_BRACKETS} brackets are open at once", line=number)


def _most_open(line: str) -> int:
    """How many brackets are open at once in a line, at most; brackets within text count as well."""
    depth = most = 0
    for bracket in _BRACKET.findall(line):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        most = max(most, depth)
    return most


def _refuse_tricks(events: Iterator[Event]) -> None:
    """Stop at the first thing that a policy has no use for, before a tree is built of it."""
    depth = 0
    for count, event in enumerate(events, start=1):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        problem = _trick(event)
        if depth > MAX_DEPTH:
            problem = f"the file is nested more than {MAX_DEPTH} levels deep"
        if count > MAX_EVENTS:
            problem = f"the file has more than {MAX_EVENTS} entries"
        if problem:
            raise PolicyError(problem, line=event.start_mark.line + 1)


def _trick(event: Event) -> str | None:
    """What is wrong with an event whatever stands around it."""
    if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
        return "anchors and aliases (`&name`, `*name`) are not allowed; put a text that starts so in quotes"
    if isinstance(event, NodeEvent) and getattr(event, "tag", None):
        return "tags (`!name`) are not allowed; put a text that starts with `!` in quotes"
    if isinstance(event, DocumentStartEvent) and (event.version or event.tags):
        return "directives (`%YAML`, `%TAG`) are not allowed"
    return None


def _value(node: Node, key: str) -> Value:
    """A node as plain values. Numbers other than whole ones, and dates, stay text.

    Raises:
        PolicyError: a key is given twice, or is no text.
    """
    if isinstance(node, SequenceNode):
        return [_value(child, key) for child in node.value]
    if not isinstance(node, MappingNode):
        return _scalar(node)
    values: dict[str, Value] = {}
    for name, child in node.value:
        if not isinstance(name, ScalarNode):
            raise PolicyError("a key must be a word", line=_line(name))
        path = f"{key}.{_shown(name.value)}".lstrip(".")
        if name.value in values:
            raise PolicyError(f"`{path}` is given twice", line=_line(name), key=path)
        values[name.value] = _value(child, path)
    return values


def _scalar(node: Node) -> str | int | bool | None:
    """The value of a scalar by the rules of YAML 1.2, where `on` and `12:30` are text."""
    text: str = node.value
    if node.tag == _TAG + "null":
        return None
    if node.tag == _TAG + "bool":
        return text.lower() == "true"
    return int(text) if node.tag == _TAG + "int" and _WHOLE_NUMBER.fullmatch(text) else text


def _first(mistakes: list[ErrorDetails], keys: list[str]) -> ErrorDetails:
    """The mistake that stands first in the file, given its keys in order."""
    order = {key: number for number, key in enumerate(keys)}
    return min(mistakes, key=lambda mistake: order[str(mistake["loc"][0])])


def _sentence(mistake: ErrorDetails, root: Node) -> PolicyError:
    """A mistake in words for people; it repeats nothing of the file but a plain key."""
    name = str(mistake["loc"][0])
    line = _line_of(root, mistake)
    if mistake["type"] == "extra_forbidden":
        close = difflib.get_close_matches(name[:40], PolicyFile.model_fields, n=1, cutoff=0.5)
        advice = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(PolicyFile.model_fields)}"
        return PolicyError(f"unknown key `{_shown(name)}`; {advice}", line=line, key=_shown(name))
    if mistake["type"] == "pattern":
        return PolicyError(mistake["msg"], line=line, key=name)
    return PolicyError(f"`{name}` must be {PolicyFile.model_fields[name].description}", line=line, key=name)


def _shown(key: str) -> str:
    """A key as it may be repeated to people: only plain words are."""
    return key if _PLAIN_KEY.fullmatch(key) else "…"


def _plain(problem: str | None) -> str:
    """What ruamel says is wrong, kept short: it can quote a character or two of the file."""
    return "".join(letter for letter in (problem or "unexpected end")[:100] if letter.isprintable())


def _line_of(root: Node, mistake: ErrorDetails) -> int:
    """The line that a mistake stands on, or the nearest one above it."""
    node, line = root, _line(root)
    for step in mistake["loc"]:
        if isinstance(node, MappingNode):
            key, node = next(pair for pair in node.value if pair[0].value == step)
            line = _line(key)
        elif isinstance(node, SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = _line(node)
    return line


def _line(node: Node) -> int:
    """1-based line on which a node starts."""
    line: int = node.start_mark.line
    return line + 1
