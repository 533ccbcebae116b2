"""The JSON Schema of the policy file, for editors; made of the keys' own type.

What is *not* here: what a schema cannot say. Bad patterns and repeated ids are found by
`ai-review policy check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bot.domain.finding import Category
from bot.parsing.policies.keys import PolicyFile

SCHEMA_ID: Final = "https://json.schemastore.org/ai-review.json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def policy_schema() -> Schema:
    """The schema of `.github/ai-review.yml`."""
    made = PolicyFile.model_json_schema(schema_generator=_Generator)
    definitions: Mapping[str, Schema] = made.pop("$defs", {})
    schema = _inlined(made, definitions)
    properties = schema["properties"]
    properties["categories"] = _with_categories(properties["categories"])
    properties["learning"] = _or_switch(properties["learning"])
    head = {
        "$schema": _DIALECT,
        "$id": SCHEMA_ID,
        "title": "policy of ai-review",
        "description": "What a repository asks of reviews of its pull requests: .github/ai-review.yml",
    }
    return head | {key: value for key, value in schema.items() if key != "description"}


class _Generator(GenerateJsonSchema):
    """What need not be there is left out; it is not null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default", 0) is None:
            del made["default"]
        elif isinstance(made.get("default"), dict):
            made["default"] = {key: value for key, value in made["default"].items() if value is not None}
        return made


def _inlined(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """The schema without references and titles; what stands beside a reference counts more."""
    if "$ref" in schema:
        target = definitions[schema["$ref"].rpartition("/")[2]]
        schema = target | {key: value for key, value in schema.items() if key != "$ref"}
    schema = {key: value for key, value in schema.items() if key != "title"}
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(key), dict):
            schema[key] = _inlined(schema[key], definitions)
    if "properties" in schema:
        needed = schema.get("required", ())
        made = {name: _inlined(one, definitions) for name, one in schema["properties"].items()}
        schema["properties"] = {name: one if name in needed else _or_empty(one) for name, one in made.items()}
    return schema


def _or_empty(schema: Schema) -> Schema:
    """A key without a value asks for its default, as a missing one does."""
    if "anyOf" in schema:
        return schema | {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | choices | {"type": [schema["type"], "null"]}


def _with_categories(schema: Schema) -> Schema:
    """A mapping whose keys are known, so that editors offer them."""
    defaults = schema["default"]
    return {
        "type": ["object", "null"],
        "description": schema["description"],
        "properties": {
            category.value: {"type": "boolean", "default": defaults[category.value]} for category in Category
        },
        "additionalProperties": False,
        "default": defaults,
    }


def _or_switch(schema: Schema) -> Schema:
    """A mapping, or true or false for short."""
    around = {key: schema[key] for key in ("description", "default")}
    mapping = {key: value for key, value in schema.items() if key not in around}
    return around | {"anyOf": [{"type": "boolean"}, mapping]}
