"""Holds requests and answers against GitHub's own description of its API, where that is at hand."""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from bot.sandbox.state import Delivery
from tests.support.sandbox import scene
from tests.support.sandbox_tour import Exchange, tour

VARIABLE = "AI_REVIEW_TEST_DATA"
WORDS_FOR_PEOPLE = {"example", "examples", "description", "nullable", "discriminator", "default"}


class Description:
    """GitHub's API description; compiles only what is asked for."""

    def __init__(self, path: Path) -> None:
        self._whole: dict[str, Any] = json.loads(path.read_bytes())
        self._routes = [(_pattern(template), template) for template in self._whole["paths"]]

    def problems(self, exchange: Exchange) -> list[str]:
        """What is wrong with an exchange, in sentences."""
        operation = self._operation(exchange)
        found = []
        if exchange.sent is not None:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            found += self._check(schema, exchange.sent, "request")
        answer = operation["responses"].get(str(exchange.status))
        if answer is None:
            # The description leaves some refusals out; their form is the general one.
            return found if exchange.status >= 400 else [f"status {exchange.status} is not described"]
        content = self._deref(answer).get("content", {})
        if "application/json" in content:
            found += self._check(content["application/json"]["schema"], exchange.received, "answer")
        return found

    def problems_of_event(self, delivery: Delivery) -> list[str]:
        """What is wrong with the payload of a webhook."""
        name = f"{delivery.event}-{delivery.action}".replace("_", "-")
        body = self._whole["x-webhooks"][name]["post"]["requestBody"]
        return self._check(body["content"]["application/json"]["schema"], json.loads(delivery.body), "event")

    def _operation(self, exchange: Exchange) -> dict[str, Any]:
        fits = [template for pattern, template in self._routes if pattern.fullmatch(exchange.path)]
        fits = [one for one in fits if exchange.method.lower() in self._whole["paths"][one]]
        assert fits, f"{exchange.method} {exchange.path} is not described"
        template = min(fits, key=lambda one: one.count("{"))
        operation: dict[str, Any] = self._whole["paths"][template][exchange.method.lower()]
        return operation

    def _check(self, schema: dict[str, Any], value: Any, what: str) -> list[str]:
        needed: dict[str, Any] = {}
        start = self._json_schema(schema, needed)
        validator = jsonschema_rs.validator_for(start | {"components": {"schemas": needed}})
        return [
            f"{what}: {'/'.join(map(str, e.instance_path))}: {e.message[:200]}"
            for e in validator.iter_errors(value)
        ]

    def _json_schema(self, node: Any, needed: dict[str, Any]) -> Any:
        """The same in JSON Schema's words: `nullable` becomes a type; components are gathered."""
        if isinstance(node, list):
            return [self._json_schema(one, needed) for one in node]
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str):
            name = node["$ref"].rpartition("/")[2]
            if name not in needed:
                needed[name] = {}
                needed[name] = self._json_schema(self._deref(node), needed)
            return {"$ref": f"#/components/schemas/{name}"}
        plain = {
            key: self._json_schema(value, needed)
            for key, value in node.items()
            if key not in WORDS_FOR_PEOPLE
            or (key in {"description", "default", "example"} and isinstance(value, dict) and "type" in value)
        }
        if any(part.get("title") == "Enterprise" for part in node.get("allOf", ())):
            # The list of installations is described with accounts that are a user *and* an enterprise;
            # a single installation is described with either.
            plain["anyOf"] = plain.pop("allOf")
        return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") else plain

    def _deref(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            found: Any = self._whole
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


def _pattern(template: str) -> re.Pattern[str]:
    text = re.escape(template).replace(r"\{path\}", ".+")
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", text))


@functools.cache
def description() -> Description:
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} names no folder with GitHub's openapi.json")
    return Description(Path(folder) / "openapi.json")


async def test_every_request_and_answer_fits_githubs_description(tmp_path: Path) -> None:
    described = description()
    walk = await tour(scene(tmp_path))
    assert len(walk) > 45
    problems = {f"{one.method} {one.path} {one.status}": described.problems(one) for one in walk}
    assert {name: found for name, found in problems.items() if found} == {}


def test_every_event_about_a_pull_request_fits_githubs_description(tmp_path: Path) -> None:
    described = description()
    stage = scene(tmp_path)
    sandbox, pull = stage.sandbox, stage.pull
    comment = sandbox.comment_on_line(pull, "shop/orders.py", 5, "Why?")
    answer = sandbox.reply(comment, "Because.", author="ada")
    sandbox.edit_comment(answer, "Therefore.")
    sandbox.resolve(comment)
    sandbox.unresolve(comment)
    sandbox.edit_comment(sandbox.comment(pull, "Helo."), "Hello.")
    sandbox.add_label(pull, "needs care")
    sandbox.remove_label(pull, "needs care")
    sandbox.comment(sandbox.create_issue(stage.repository, "It is slow"), "Very.")
    about = [one for one in sandbox.deliveries if one.event.startswith(("pull_request", "issue"))]
    problems = {f"{one.event}.{one.action}": described.problems_of_event(one) for one in about}
    assert len(problems) == 9
    assert {name: found for name, found in problems.items() if found} == {}


async def test_the_comparison_notices_what_is_missing_or_wrong(tmp_path: Path) -> None:
    described = description()
    walk = await tour(scene(tmp_path))
    pull = next(one for one in walk if one.method == "GET" and one.path.endswith("/pulls/1"))
    for field, value in (("title", 7), ("head", {}), ("state", "ajar")):
        wrong = Exchange(pull.method, pull.path, None, pull.status, pull.received | {field: value})
        assert described.problems(wrong), field
