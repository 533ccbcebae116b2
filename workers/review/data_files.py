"""Whether a file of data can be read as its format: JSON, TOML and YAML.

Texts come from strangers: what would take a reader long is not given to it, and counts as not readable.
What is *not* here: code (workers.context.grammars), and what the data means.
"""

from __future__ import annotations

import io
import json
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, NodeEvent

LONGEST = 64 * 1024
"""Characters of a text that is read."""
MOST_DOTS = 100
"""In one line of TOML: the time for a key with dots grows with the square of their number."""
YAML_SECONDS = 0.5
"""Of computing: about what a text of that length takes that people wrote. One event more is waited for."""


class _NotReadable(ValueError):
    """A text is not of its format, or too much for its reader."""


def reads_as_data(text: str, path: str) -> bool | None:
    """Whether a text can be read as the format that the name of its file stands for; None for other names.

    JSON is held to the letter: no comments, no key twice. YAML may hold several documents.
    """
    read = _READERS.get(PurePosixPath(path).suffix.lower())
    if read is None:
        return None
    if len(text) > LONGEST:
        return False
    try:
        read(text.removeprefix("\ufeff"))
    except (ValueError, YAMLError, RecursionError):
        return False
    return True


def _read_json(text: str) -> None:
    json.loads(text, object_pairs_hook=_without_repeats)


def _read_json_lines(text: str) -> None:
    for line in filter(str.strip, text.split("\n")):
        _read_json(line)


def _without_repeats(pairs: Sequence[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        raise _NotReadable("a key is given twice")


def _read_toml(text: str) -> None:
    if any(line.count(".") > MOST_DOTS for line in text.split("\n")):
        raise _NotReadable("too many dots in a line")
    tomllib.loads(text)


def _read_yaml(text: str) -> None:
    """As events: no alias is followed and nothing is built."""
    end = time.thread_time() + YAML_SECONDS
    anchors: set[str] = set()
    for event in YAML(typ="safe", pure=True).parse(io.StringIO(text)):
        if time.thread_time() > end:
            raise _NotReadable("it takes too long")
        if isinstance(event, AliasEvent) and event.anchor not in anchors:
            raise _NotReadable("an alias of nothing")
        if isinstance(event, NodeEvent) and event.anchor:
            anchors.add(event.anchor)


_READERS: Mapping[str, Callable[[str], None]] = MappingProxyType(
    {
        ".json": _read_json,
        ".geojson": _read_json,
        ".jsonl": _read_json_lines,
        ".ndjson": _read_json_lines,
        ".toml": _read_toml,
        ".yaml": _read_yaml,
        ".yml": _read_yaml,
    }
)
