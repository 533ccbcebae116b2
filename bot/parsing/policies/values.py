"""What values of the policy file may look like: the building blocks of its keys.

What is *not* here: the keys themselves (bot.parsing.policies.keys), and sentences about mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from bot.domain.finding import Severity
from bot.domain.languages import ENGLISH_NAMES
from bot.domain.policy import CrossCheck, FailOn, MayCommand, Profile, PushReviews
from bot.domain.programming_languages import PROGRAMMING_LANGUAGES
from bot.parsing.paths import MAX_PATTERN, MAX_PATTERNS, pattern_problem
from bot.parsing.policies.yaml_tree import PlainNumber
from bot.parsing.wildcards import MAX_WILDCARD, wildcard_problem

MAX_TEXT: Final = 2_000
"""Characters of the text of one rule, or of one instruction."""
MAX_TEXTS: Final = 50
MAX_PATHS: Final = 20
"""Patterns of one rule, or of one instruction."""
MAX_PATTERNS_TOGETHER: Final = 16_000
"""Characters of all gitignore patterns of a file. One costs up to a millisecond per 200 of them."""
MOST_DOLLARS: Final = 1_000

_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Must:
    """What a value has to be.

    Attributes:
        words: end of the sentence 'KEY must be …'.
        choices: all that it can be, where that is a closed list of words.
        names: what people may write instead, in lower case, and the choice that they mean.
    """

    words: str
    choices: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Room:
    """What the patterns of one file may still take, in characters; a validation's context."""

    left: int = MAX_PATTERNS_TOGETHER


def problem(words: str) -> PydanticCustomError:
    """A mistake in words of our own, which follow the key: `is given twice`."""
    return PydanticCustomError("problem", "{words}", {"words": words})


def _bad_pattern(words: str) -> PydanticCustomError:
    return PydanticCustomError("pattern", "{words}", {"words": words})


def _gitignore(pattern: str, info: ValidationInfo) -> str:
    """A gitignore pattern, as it is."""
    if isinstance(info.context, Room):
        info.context.left -= len(pattern)
        if info.context.left < 0:
            raise _bad_pattern(f"is one too many: all together may have {MAX_PATTERNS_TOGETHER:,} characters")
    if words := pattern_problem(pattern):
        raise _bad_pattern(words)
    return pattern


def _some_files(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns that may mean some file: one with `!` only takes out what another one took in."""
    if patterns and all(pattern.startswith("!") for pattern in patterns):
        raise problem("means no file: a pattern without `!` has to come first")
    return patterns


def _one_path(pattern: str) -> str:
    return _some_files((pattern,))[0]


def _wildcard(pattern: str) -> str:
    """A pattern with `*` and `?`, as it is."""
    if words := wildcard_problem(pattern):
        raise _bad_pattern(words)
    return pattern


def _text(text: str) -> str:
    """Words for a model: some, and not too many."""
    if not text.strip():
        raise problem("is empty")
    if len(text) > MAX_TEXT:
        raise problem(f"is longer than {MAX_TEXT:,} characters")
    return text


def _dollars(value: object) -> object:
    """A number as the file writes it; text in quotes is none."""
    return float(value) if isinstance(value, PlainNumber) and _NUMBER.fullmatch(value) else value


def _one_of(choices: Sequence[str]) -> AfterValidator:
    """Only these words."""

    def check(value: str) -> str:
        if value not in choices:
            raise PydanticCustomError("choice", "not one of the choices")
        return value

    return AfterValidator(check)


def _words(choices: Sequence[str]) -> Must:
    return Must(f"one of {', '.join(choices)}", tuple(choices))


def whole(least: int, most: int) -> tuple[FieldInfo, Must]:
    """What stands beside the type of a whole number: its bounds, and the words for them."""
    return Field(ge=least, le=most), Must(f"a whole number from {least} to {most}")


def many(most: int, what: str) -> tuple[FieldInfo, Must]:
    """What stands beside the type of a list: how long it may be, and the words for that."""
    return Field(strict=False, max_length=most), Must(f"a list of at most {most} {what}")


def _string(most: int, pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": most, "pattern": pattern})


_SOMETHING: Final = r"\S"
_SOME_PATH: Final = "^(?!#).*[^!/ ]"
"""What editors can see of a gitignore pattern: that it is no comment, and names something."""


_LANGUAGE_CODES: Final = tuple(ENGLISH_NAMES)

FLAG: Final = Must("true or false")

Flag = Annotated[bool, FLAG]
Gitignore = Annotated[str, AfterValidator(_gitignore), _string(MAX_PATTERN, _SOME_PATH)]
Wildcard = Annotated[str, AfterValidator(_wildcard), _string(MAX_WILDCARD, _SOMETHING)]
ProgrammingLanguage = Annotated[
    str,
    _one_of(PROGRAMMING_LANGUAGES),
    WithJsonSchema({"type": "string", "enum": list(PROGRAMMING_LANGUAGES)}),
]

GitignorePatterns = Annotated[
    tuple[Gitignore, ...], *many(MAX_PATTERNS, "gitignore patterns, in quotes where YAML needs them")
]
PathPatterns = Annotated[
    tuple[Gitignore, ...],
    *many(MAX_PATHS, "gitignore patterns, in quotes where YAML needs them"),
    AfterValidator(_some_files),
]
OnePath = Annotated[
    Gitignore, AfterValidator(_one_path), Must(f"a gitignore pattern of at most {MAX_PATTERN} characters")
]
Wildcards = Annotated[
    tuple[Wildcard, ...], *many(MAX_PATTERNS, "patterns in which `*` and `?` stand for anything")
]
ProgrammingLanguages = Annotated[
    tuple[ProgrammingLanguage, ...],
    Field(strict=False, max_length=len(PROGRAMMING_LANGUAGES)),
    Must("a list of programming languages, such as Python or C++", PROGRAMMING_LANGUAGES),
]
RuleId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"),
    Must("one word without blanks: at most 40 letters, digits, `-`, `_` and `.`"),
]
Text = Annotated[
    str,
    AfterValidator(_text),
    _string(MAX_TEXT, _SOMETHING),
    Must(f"a text of at most {MAX_TEXT:,} characters"),
]
ModelName = Annotated[
    str,
    Field(pattern=r"^(static|[a-z][a-z0-9-]{0,39}:/?[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,99})$"),
    Must("the name of a model that the operator allows, as in `openai:NAME` or `static`"),
]
LanguageCode = Annotated[
    str,
    _one_of(_LANGUAGE_CODES),
    WithJsonSchema({"type": "string", "enum": list(_LANGUAGE_CODES)}),
    Must(
        "the code of a language, such as en, de or pt-br",
        _LANGUAGE_CODES,
        tuple((name.lower(), code) for code, name in ENGLISH_NAMES.items()),
    ),
]
Dollars = Annotated[
    float,
    Field(ge=0.01, le=MOST_DOLLARS),
    BeforeValidator(_dollars),
    Must(f"a number of dollars from 0.01 to {MOST_DOLLARS}"),
]
SeverityWord = Annotated[Severity, Field(strict=False), _words(list(Severity))]
FailOnWord = Annotated[FailOn, Field(strict=False), _words(list(FailOn))]
ProfileWord = Annotated[Profile, Field(strict=False), _words(list(Profile))]
CrossCheckWord = Annotated[CrossCheck, Field(strict=False), _words(list(CrossCheck))]
PushWord = Annotated[PushReviews, Field(strict=False), _words(list(PushReviews))]
PermissionWord = Annotated[MayCommand, Field(strict=False), _words(list(MayCommand))]
