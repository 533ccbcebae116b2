"""What is wrong with the values of a policy file, in sentences for people, each with its place.

A sentence repeats nothing of the file but plain words as keys.
What is *not* here: what is wrong with the YAML itself (bot.parsing.policies.yaml_tree).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.errors import PolicyError
from bot.parsing.policies.keys import PolicyFile
from bot.parsing.policies.values import FLAG, Must
from bot.parsing.policies.yaml_tree import Location, Tree, shown_key

_KEY: Final = "[key]"
"""What pydantic adds to the place of a key that is wrong itself."""
_LONGEST_WORD: Final = 40
_OWN_WORDS: Final = frozenset({"problem", "repeated"})


@dataclass(frozen=True, slots=True)
class _Here:
    """What the type of the file says about one place in it.

    Attributes:
        must: what stands there has to be.
        keys: that it may have, where it is a mapping.
    """

    must: Must
    keys: tuple[str, ...] = ()


def policy_errors(details: Sequence[ErrorDetails], tree: Tree) -> Iterator[PolicyError]:
    """The mistakes in the order of the file; words are made only for those that are taken."""
    placed = [(_location(one), one) for one in details]
    placed.sort(key=lambda pair: (tree.place(pair[0]).line, tree.place(pair[0]).column))
    for location, detail in placed:
        place, key = tree.place(location), _key(location, detail)
        yield PolicyError(_sentence(key, location, detail), line=place.line, column=place.column, key=key)


def must_of(field: FieldInfo) -> Must:
    """What a value of a key has to be."""
    return next(one for one in _metadata(field) if isinstance(one, Must))


def keys_below(field: FieldInfo) -> type[BaseModel] | None:
    """The type of the mapping that a key takes, or takes a list of; None where it takes none."""
    return next((one for one in _types(field.annotation) if issubclass(one, BaseModel)), None)


def _location(detail: ErrorDetails) -> Location:
    location = tuple(step for step in detail["loc"] if step != _KEY)
    return (*location, *detail.get("ctx", {}).get("at", ()))


def _key(location: Location, detail: ErrorDetails) -> str:
    """The key that a mistake is about; of a plain item in a list it is that of the list."""
    if location and isinstance(location[-1], int) and detail["type"] not in _OWN_WORDS:
        location = location[:-1]
    return shown_key(location)


def _sentence(key: str, location: Location, detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind in _OWN_WORDS:
        return f"`{key}` {detail['msg']}"
    if kind == "pattern":
        return f"a pattern of `{key}` {detail['msg']}"
    if kind == "missing":
        return f"`{key}` is missing"
    if kind == "extra_forbidden" or detail["loc"][-1] == _KEY:
        return _unknown(location)
    here = _here(location)
    return f"`{key}` must be {here.must.words}{_meant(detail['input'], here.must)}"


def _unknown(location: Location) -> str:
    """An unknown key, with the one that was probably meant."""
    above = _here(location[:-1])
    known = above.keys or above.must.choices
    close = _closest(str(location[-1]), known)
    advice = f"did you mean `{close}`?" if close else f"known are {', '.join(known)}"
    return f"unknown key `{shown_key(location)}`; {advice}"


def _meant(given: Any, must: Must) -> str:
    close = None
    if isinstance(given, str):
        close = dict(must.names).get(given.strip().lower()) or _closest(given, must.choices)
    return f"; did you mean `{close}`?" if close else ""


def _closest(word: str, known: Sequence[str]) -> str | None:
    """The known word that is most like another one, whatever the case of their letters."""
    lower = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word[:_LONGEST_WORD].lower(), lower, n=1, cutoff=0.5)
    return lower[close[0]] if close else None


def _here(location: Location) -> _Here:
    """What the type says about a place; unknown ones take what is said around them."""
    model: type[BaseModel] | None = PolicyFile
    must = Must("a mapping")
    for step in location:
        if model is None and isinstance(step, str):
            must = FLAG  # below `categories`, the only mapping whose keys are no fields
        elif isinstance(step, str) and model is not None and step in model.model_fields:
            field = model.model_fields[step]
            must, model = must_of(field), keys_below(field)
    return _Here(must, tuple(model.model_fields) if model else ())


def _metadata(field: FieldInfo) -> Iterator[object]:
    yield from field.metadata
    yield from _nested(field.annotation)


def _nested(annotation: object) -> Iterator[object]:
    """What is written beside types within a type, `Annotated[int, HERE] | None`."""
    yield from getattr(annotation, "__metadata__", ())
    for part in get_args(annotation):
        yield from _nested(part)


def _types(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _types(part)
