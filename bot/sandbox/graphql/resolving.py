"""Answers fields from objects that say what they have.

An object is a type name with a mapping from field to a value, or to a function of the arguments. Values are
scalars, further objects, or lists of them.

What is *not* here: which objects there are (schema.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.graphql.language import Field, QueryError, Selection, values

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Object:
    """Something with fields.

    Attributes:
        prepare: called once with the arguments of every `object` field below, to read them together.
    """

    kind: str
    fields: Mapping[str, Any]
    prepare: Callable[[Sequence[Arguments]], None] | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a mutation does.

    Attributes:
        show: what it answers with.
    """

    act: Callable[[], None]
    show: Callable[[], Object]


class Missing(Exception):
    """Something that is not there, or not for this caller; `kind` is GitHub's word for which."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Resolver:
    """Answers one operation.

    Attributes:
        errors: what was missing on the way; each such field is null and leaves the others alone.
    """

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self.errors: list[dict[str, Any]] = []

    def resolve(
        self, thing: Object, selections: Sequence[Selection], path: tuple[str | int, ...] = ()
    ) -> dict[str, Any]:
        """The answer for a selection on an object.

        Raises:
            QueryError: for a field that the sandbox does not have.
        """
        wanted = list(_flatten(thing.kind, selections))
        if thing.prepare is not None:
            thing.prepare([values(one.arguments, self._variables) for one in wanted if one.name == "object"])
        return {one.key: self._field(thing, one, (*path, one.key)) for one in wanted}

    def _field(self, thing: Object, wanted: Field, path: tuple[str | int, ...]) -> Any:
        if wanted.name == "__typename":
            return thing.kind
        if wanted.name not in thing.fields:
            raise QueryError(f"Field '{wanted.name}' doesn't exist on type '{thing.kind}' of the sandbox")
        value = thing.fields[wanted.name]
        arguments = values(wanted.arguments, self._variables)
        if callable(value):
            try:
                value = value(arguments)
            except Missing as problem:
                self.errors.append({"type": problem.kind, "path": list(path), "message": str(problem)})
                return None
        elif arguments:
            raise QueryError(f"Field '{wanted.name}' takes no arguments in the sandbox")
        if isinstance(value, Deed):
            # GitHub refuses a selection that it cannot answer before it does anything.
            self._complete(value.show(), wanted, path)
            value.act()
            value = value.show()
        return self._complete(value, wanted, path)

    def _complete(self, value: Any, wanted: Field, path: tuple[str | int, ...]) -> Any:
        if isinstance(value, list):
            return [self._complete(one, wanted, (*path, number)) for number, one in enumerate(value)]
        if isinstance(value, Object):
            if not wanted.selections:
                raise QueryError(f"Field '{wanted.name}' must have selections: it is a {value.kind}")
            return self.resolve(value, wanted.selections, path)
        if wanted.selections and value is not None:
            raise QueryError(f"Selections can't be made on scalars (field '{wanted.name}')")
        return value


def connection(nodes: Sequence[Any]) -> Callable[[Arguments], Object]:
    """A list that is asked for with `first` or `last`, `after` or `before`; cursors are 1-based numbers."""

    def page(arguments: Arguments) -> Object:
        known = {"first", "last", "after", "before"}
        if unknown := sorted(set(arguments) - known):
            raise QueryError(f"Argument {unknown[0]!r} of a list is not understood by the sandbox")
        first, last = arguments.get("first"), arguments.get("last")
        if first is None and last is None:
            raise QueryError("You must provide a `first` or `last` value to properly paginate a list.")
        if not 0 <= (first or 0) <= 100 or not 0 <= (last or 0) <= 100:
            raise QueryError("A page holds at most 100 records.")
        start = _cursor(arguments.get("after"), 0)
        end = min(_cursor(arguments.get("before"), len(nodes) + 1) - 1, len(nodes))
        if first is not None:
            end = min(end, start + first)
        if last is not None:
            start = max(start, end - last)
        info = {
            "hasNextPage": end < len(nodes),
            "hasPreviousPage": start > 0,
            "startCursor": str(start + 1) if end > start else None,
            "endCursor": str(end) if end > start else None,
        }
        part = list(nodes[start:end])
        fields = {"totalCount": len(nodes), "nodes": part, "pageInfo": Object("PageInfo", info)}
        return Object("Connection", fields)

    return page


def _cursor(value: object, fallback: int) -> int:
    if value is None:
        return fallback
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise QueryError(f"{value!r} does not appear to be a valid cursor.")
    return int(value)


def _flatten(kind: str, selections: Sequence[Selection]) -> Iterator[Field]:
    for one in selections:
        if isinstance(one, Field):
            yield one
        elif one.on in (None, kind):
            yield from _flatten(kind, one.selections)
