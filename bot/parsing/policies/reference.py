"""The reference of the policy file for people, as Markdown; made of the keys' own type.

What is *not* here: the sentences about each key (bot.parsing.policies.keys).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.domain.finding import Category
from bot.domain.languages import ENGLISH_NAMES
from bot.domain.policy import CATEGORIES_OFF_BY_DEFAULT, POLICY_PATH, Profile
from bot.domain.programming_languages import PROGRAMMING_LANGUAGES
from bot.parsing.policies.keys import PolicyFile
from bot.parsing.policies.mistakes import keys_below, must_of
from bot.parsing.policies.values import MAX_PATTERNS_TOGETHER
from bot.parsing.policies.yaml_tree import MAX_LINES, MAX_SIZE

EXAMPLE: Final = """\
# yaml-language-server: $schema=./ai-review.schema.json
version: 1

branches: [main, release/*]
ignore:
  - docs/
  - "*.snap"
ignore_titles: ["[WIP]*"]
triggers:
  push: every
  pause_after: {pushes: 8, minutes: 30}

profile: chill
fail_on: high
categories:
  test: true

instructions:
  - path: db/migrations/
    text: Every migration can be undone, and locks no table for long.
rules:
  - id: money-is-integer
    text: Amounts of money are integers in cents. No float touches them.
    paths: [billing/, "!billing/reports/", shop/prices/]
    severity: high
"""

_HEAD: Final = f"""\
# The policy file

`{POLICY_PATH}` on the base branch says what a repository asks of reviews of its pull requests. Every
key is optional. This page is made of the program's own type; `ai-review policy schema` prints the same as
JSON Schema.

```yaml
{EXAMPLE}```

For the first line, which makes editors complete and check the file, run
`ai-review policy schema > .github/ai-review.schema.json` once.

- `ai-review policy check [FILE]` names every mistake with its line and column.
- `ai-review policy explain [--path PATH]` says which value holds, and which file and line it comes from;
  `--repository OWNER/REPO` fetches the organisation's file, `--organisation FILE` names one.

## Which policy applies

Key by key, the later counts more:

1. the default;
2. the organisation's file: `{POLICY_PATH}` on the default branch of `OWNER/.github`;
3. the repository's own file at the pull request's **base** commit;
4. the operator's limits: `model` has to be one of `AI_REVIEW_ALLOWED_MODELS`, `passes` ends at
   `AI_REVIEW_MAX_PASSES`, and of two budgets the smaller one counts.

A key at the top is one value: a repository that says `triggers` says all of them. An empty key says
nothing; `[]` says 'none'.

A pull request that changes the file is reviewed under the policy of its base branch; the review says so,
and names mistakes of the new version on its lines. A file with a mistake is not used at all, not even in
part: the newest version without one applies in its place, or else the levels below.

The file may have {MAX_SIZE // 1024} kB and {MAX_LINES:,} lines. It is YAML 1.2 without anchors, aliases and
tags; unknown keys and keys that are given twice are mistakes. All gitignore patterns together may have
{MAX_PATTERNS_TOGETHER:,} characters.

## Keys

| key | takes | default | meaning |
|---|---|---|---|
"""

_UNSET: Final = "not set"
_NEEDED: Final = "needed"
_AS_BELOW: Final = "as below"


@dataclass(frozen=True, slots=True)
class Entry:
    """One key: its dotted name (`rules[].id`), what it takes, what holds without it, and what it means."""

    name: str
    takes: str
    default: str
    meaning: str


def entries() -> tuple[Entry, ...]:
    """Every key of the file, nested ones below theirs."""
    return tuple(_entries(PolicyFile, ""))


def reference() -> str:
    """The whole page."""
    rows = "".join(f"| `{one.name}` | {one.takes} | {one.default} | {one.meaning} |\n" for one in entries())
    return _HEAD + rows + "\n" + _profiles() + "\n" + _lists()


def _entries(model: type[BaseModel], prefix: str) -> Iterator[Entry]:
    for name, field in model.model_fields.items():
        below = keys_below(field)
        default = _unnested(field) if below else _default(field)
        yield Entry(f"{prefix}{name}", must_of(field).words, default, str(field.description))
        if below is not None:
            many = "[]" if tuple in (field.annotation, getattr(field.annotation, "__origin__", None)) else ""
            yield from _entries(below, f"{prefix}{name}{many}.")


def _unnested(field: FieldInfo) -> str:
    """The default of a key whose parts have defaults of their own."""
    return _AS_BELOW if isinstance(field.default, BaseModel) else _default(field)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return _NEEDED
    if isinstance(field.default, dict):
        return _AS_BELOW
    return _UNSET if field.default is None else f"`{_yaml(field.default)}`"


def _yaml(value: Any) -> str:
    """A value as the file would say it."""
    match value:
        case bool():
            return str(value).lower()
        case Enum():
            return str(value.value)
        case tuple():
            return "[" + ", ".join(map(_yaml, value)) + "]"
        case _:
            return str(value)


def _profiles() -> str:
    lines = (
        f"| `{profile}` | {profile.confidence_least:.2f} | {profile.confirmed_least:.2f} |"
        f" `{profile.severity_threshold}` | {profile.max_comments} |\n"
        for profile in Profile
    )
    head = (
        "| profile | believed in at least | where a second question confirmed it | `severity_threshold` |"
        " `max_comments` |\n|---|---|---|---|---|\n"
    )
    return f"## Profiles\n\n{head}{''.join(lines)}"


def _lists() -> str:
    off = ", ".join(f"`{category}`" for category in Category if category in CATEGORIES_OFF_BY_DEFAULT)
    on = ", ".join(f"`{category}`" for category in Category if category not in CATEGORIES_OFF_BY_DEFAULT)
    codes = ", ".join(f"`{code}` {name}" for code, name in ENGLISH_NAMES.items())
    return (
        f"## Categories\n\nTold by default: {on}.\nNot told by default: {off}.\n\n"
        f"## Languages that findings are written in\n\n{codes}.\n\n"
        f"## Programming languages\n\n{', '.join(PROGRAMMING_LANGUAGES)}.\n"
    )
