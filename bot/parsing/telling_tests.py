"""Which files are tests, told by their paths alone.

Words are read from a file's name as people write them: `cart_test.go`, `CartTest.java`, `cart.spec.ts`. What
only sounds like one (`latest.ts`, `spec_reader.py`, `run_it.py`) is none.
What is *not* here: what it matters for (workers.review.ordering, workers.context.places).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TEST_WORDS = frozenset({"test", "tests", "unittest"})
"""Wherever they stand in a name."""
_LAST_WORDS = frozenset({"spec", "specs"})
"""At the end of a name; elsewhere a specification of something may be meant."""
_INTEGRATION = "IT"
"""At the end of a name, in capitals: `CartIT.java`."""
_TEST_FOLDERS = frozenset({"test", "tests", "spec", "specs", "__tests__"})
_DATA_FOLDERS = frozenset({"testdata", "fixtures"})


def is_test(path: str) -> bool:
    """Whether a file is a test, by its name or a folder above it."""
    return not _TEST_FOLDERS.isdisjoint(_folders(path)) or subject(path) != _lower(_words(path))


def is_for_tests(path: str) -> bool:
    """Whether a file is a test, or what tests read: code that looks broken may be meant to."""
    return not _DATA_FOLDERS.isdisjoint(_folders(path)) or is_test(path)


def subject(path: str) -> tuple[str, ...]:
    """The words of a file's name without suffix and without those for tests: `FooTest.java` -> ("foo",).

    A name of nothing but such words stays as it is.
    """
    words = _words(path)
    kept = [word for word in words if word.lower() not in _TEST_WORDS]
    if kept[1:] and (kept[-1].lower() in _LAST_WORDS or kept[-1] == _INTEGRATION):
        kept = kept[:-1]
    return _lower(kept or words)


def _folders(path: str) -> list[str]:
    return path.lower().split("/")[:-1]


def _words(path: str) -> list[str]:
    name = path.rpartition("/")[2]
    return _WORD.findall(name.rpartition(".")[0] or name)


def _lower(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)
