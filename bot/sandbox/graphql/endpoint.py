"""The GraphQL route, at `/graphql` and where an Enterprise server has it.

Errors come with status 200 and an `errors` list, as GraphQL has it; only a bad caller gets another status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.api.routing import answering, read_json
from bot.sandbox.auth import Actor
from bot.sandbox.errors import ApiError
from bot.sandbox.graphql.language import Operation, QueryError, parse, values
from bot.sandbox.graphql.mutations import mutation
from bot.sandbox.graphql.resolving import Resolver
from bot.sandbox.graphql.schema import query
from bot.sandbox.shapes.base import Json
from bot.sandbox.world import World

PATHS = ("/graphql", "/api/graphql")


def graphql_routes(world: World) -> list[Route]:
    """The route at both places."""

    def answer(_: Request, raw: bytes, actor: Actor) -> Response:
        if actor.token is None:
            raise ApiError(401, "This endpoint requires you to be authenticated.")
        return JSONResponse(execute(world, actor, read_json(raw)))

    return [Route(path, answering(world, answer), methods=["POST"]) for path in PATHS]


def execute(world: World, actor: Actor, body: Json) -> Json:
    """The answer to a request body `{query, variables}`."""
    try:
        operation = parse(str(body.get("query", "")))
        variables = _variables(operation, body.get("variables") or {})
    except QueryError as problem:
        return {"errors": [{"message": str(problem)}]}
    resolver = Resolver(variables)
    root = query(world, actor) if operation.kind == "query" else mutation(world, actor)
    try:
        data = resolver.resolve(root, operation.selections)
    except QueryError as problem:
        return {"errors": [{"message": str(problem)}]}
    return {"data": data, "errors": resolver.errors} if resolver.errors else {"data": data}


def _variables(operation: Operation, given: Mapping[str, Any]) -> Json:
    for name in sorted(operation.required):
        if given.get(name) is None:
            raise QueryError(f"Variable ${name} of a required type was provided invalid value")
    if unknown := sorted(set(given) - operation.required - set(operation.defaults)):
        raise QueryError(f"Variable ${unknown[0]} is given and not declared")
    return values(operation.defaults, {}) | dict(given)
