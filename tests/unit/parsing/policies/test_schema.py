from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from bot.parsing.policies import mistakes_in
from bot.parsing.policies.keys import PolicyFile
from bot.parsing.policies.reference import EXAMPLE
from bot.parsing.policies.schema import policy_schema
from tests.support.golden import check_golden

SCHEMA = policy_schema()
VALID = jsonschema_rs.Draft202012Validator(SCHEMA)


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    if isinstance(schema, dict):
        yield schema
        inner = [*schema.get("properties", {}).values(), schema.get("items"), *schema.get("anyOf", ())]
        for one in inner:
            yield from parts(one)


def test_the_schema_in_the_repository_is_what_the_type_says() -> None:
    check_golden("../../deploy/ai-review.schema.json", json.dumps(SCHEMA, indent=2) + "\n")


def test_it_is_a_schema_with_a_name() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"].endswith("/ai-review.json")
    assert SCHEMA["title"]
    assert "$ref" not in json.dumps(SCHEMA)


def test_every_mapping_is_closed_and_every_key_has_a_type_and_a_description() -> None:
    for schema in parts(SCHEMA):
        assert schema.get("type") or schema.get("anyOf"), schema
        if "object" in schema.get("type", ""):
            assert schema["additionalProperties"] is False, schema
    for name, schema in SCHEMA["properties"].items():
        assert schema["description"].endswith("."), name
        assert VALID.is_valid({name: schema.get("default", schema.get("enum", [1])[0])}) or name == "model"


def test_every_key_is_there_with_its_default() -> None:
    properties = SCHEMA["properties"]
    assert list(properties) == list(PolicyFile.model_fields)
    without = {name for name, one in properties.items() if "default" not in one}
    assert without == {name for name, one in PolicyFile.model_fields.items() if one.default is None}


GOOD = [
    "{}",
    "version: 1",
    "learning: false",
    "learning: {days: 3}",
    "budget_usd: 0.5",
    "categories: {test: true}",
    "triggers: {push: first, pause_after: {pushes: 5, minutes: 10}}",
    "instructions: [{paths: [a, '!a/b'], text: x}, {path: b, text: y}]",
    "model: openai-chat:some/model:8b",
    "enabled:\ntriggers:\nfail_on:\nmodel:\nlearning:\ncategories:\nversion:",
    "triggers: {push: , pause_after: }\nlearning: {days: }",
    "rules: [{id: a, text: x, paths: }]",
    "ignore: ['\\#a', '!/a', '\\!']",
    EXAMPLE,
]
BAD = [
    "version: 2",
    "foo: 1",
    "enabled: 1",
    "triggers: {psuh: every}",
    "triggers: {push: never}",
    "triggers: {pause_after: {pushes: 5}}",
    "ignore: docs/",
    "ignore: ['']",
    "ignore: ['!']",
    "ignore: [' / ']",
    "ignore: ['#a']",
    "rules: [{id: a, text: ' '}]",
    "rules: [{id: , text: x}]",
    "triggers: {pause_after: {pushes: , minutes: 5}}",
    "categories: {test: }",
    "languages: {only: [python]}",
    "instructions: [{text: x}]",
    "instructions: [{path: a, paths: [b], text: x}]",
    "rules: [{id: a b, text: x}]",
    "rules: [{id: a}]",
    "categories: {tset: true}",
    "max_comments: 61",
    "passes: 0",
    "model: http://192.0.2.1",
    "language: german",
    "budget_usd: 0",
    "learning: often",
    "learning: {days: 0}",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_the_parser_takes_is_valid(text: str) -> None:
    assert mistakes_in(text) == ()
    VALID.validate(read(text))


@pytest.mark.parametrize("text", BAD)
def test_what_the_parser_refuses_is_not_valid(text: str) -> None:
    assert mistakes_in(text)
    assert not VALID.is_valid(read(text))
