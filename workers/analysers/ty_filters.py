"""Which hits of ty are sound with only one file in view.

ty believes what annotations say; code often knows better (`isinstance`, an interface whose implementations
have more, a test that patches). So a hit on an attribute counts only for modules and classes themselves, for
objects that the same function has just made, and for values of a few types that nobody extends. A hit on a
call counts only where the function is called by its own name. typeshed leaves out some names that exist: the
source of the standard library that we run on is asked too. Code that is ready for what is missing is left
alone (ty_guards).

What is *not* here: which rules are used at all (`rules/python/ty-rules.toml`).
"""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from workers.analysers.ruff_filters import Hit
from workers.analysers.rules import SourceText
from workers.analysers.ty_guards import is_prepared, line_of, lines_above

Filter = Callable[[Hit, SourceText], bool]

_LINES_OF_CALL = 20  # an argument stands at most so many lines below the name of its function
_STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))

_MODULE = re.compile(r"Module `([\w.]+)` has no member `(\w+)`")
_CLASS = re.compile(r"Class `(?!super`)(\w+)` has no attribute `(\w+)`")
_OBJECT = re.compile(r"Object of type `(.+)` has no attribute `(\w+)`", re.DOTALL)
_CALLED = re.compile(
    r"\b(?:of|to) (?:function|bound method|constructor) `([\w.]+)`|\b(?:of|to) `([\w.]+\.__init__)`"
)
_UNRESOLVED = re.compile(r"Cannot resolve imported module `([\w.]+)`")
_QUOTED = re.compile(r"`([^`\n]+)`")
_LITERAL = re.compile(r"Literal\[(b?[\"']|[-\d]|True|False)")
_NO_FUNCTION = re.compile(r"Object of type `(?:Literal|list|dict|set|tuple|<module)\b")

# Types that are what they say: their values have no attributes but those of the type.
_EXACT = re.compile(
    r"(?:str|bytes|bytearray|int|float|complex|bool|Literal|LiteralString|list|dict|set|frozenset|tuple|range"
    r"|date|datetime|time|timedelta|Path|PurePath|Match|Pattern|Decimal|Fraction|UUID|deque|Counter|defaultdict"
    r"|OrderedDict|CompletedProcess|Popen|StringIO|BytesIO|TextIOWrapper|BufferedReader|BufferedWriter|Random"
    r"|ZipFile|TarFile|ThreadPoolExecutor|ProcessPoolExecutor)(?:\[[^|&]*\])?"
)
# Whose names nobody gives to modules of their own.
_STANDARD = frozenset(
    {"asyncio", "collections", "concurrent", "ctypes", "datetime", "email", "html", "http", "importlib"}
    | {"itertools", "functools", "json", "multiprocessing", "os", "pathlib", "re", "sqlite3", "unittest"}
    | {"urllib", "xml"}
)
# What these have depends on the build, the platform and the implementation.
_OPEN_ENDED = frozenset(
    {"sys", "builtins", "ast", "errno", "signal", "socket", "ssl", "select", "winreg", "tty", "curses"}
)
_NO_TELLING = frozenset({"None", "object"})
_MADE_AT_RUN_TIME = re.compile(r"__new__|__getattr|setattr\(|__dict__|_fields_|globals\(\)|patch")
_ABOUT_CALLED = frozenset({"missing-argument", "too-many-positional-arguments"})


def is_candidate(hit: Hit) -> bool:
    """Whether a hit may be a defect by its message alone: most are of code that is not in view."""
    if hit.code == "import-not-found":
        return _is_of_standard_library(hit)
    if hit.code != "missing-attribute":
        return True
    named = _OBJECT.match(hit.message)
    if named is None:
        return True
    known = named[1].isidentifier() and named[1] not in _NO_TELLING
    return known or _EXACT.fullmatch(named[1]) is not None


def is_defect(hit: Hit, source: SourceText) -> bool:
    """Whether a hit is worth reporting."""
    keep = _FILTERS.get(hit.code)
    return (keep is None or keep(hit, source)) and not is_prepared(hit, source)


def subject(hit: Hit) -> str:
    """What a hit is about, for sentences: `json.load_string`, `list.push`, a function or a parameter."""
    if named := _MODULE.match(hit.message) or _CLASS.match(hit.message):
        return f"{named[1]}.{named[2]}"
    if named := _OBJECT.match(hit.message):
        return f"{_type_name(named[1])}.{named[2]}"
    if hit.code in _ABOUT_CALLED and (called := _callee(hit)):
        return called.removesuffix(".__init__")
    quoted = _QUOTED.search(hit.message)
    return quoted[1] if quoted else ""


def _type_name(type_text: str) -> str:
    literal = _LITERAL.match(type_text)
    if literal is None:
        return type_text.partition("[")[0]
    start = literal[1][0]
    return "bytes" if start == "b" else "str" if start in "\"'" else "bool" if start in "TF" else "int"


def _attribute_is_known(hit: Hit, source: SourceText) -> bool:
    """Whether it is certain what has no such attribute."""
    if named := _MODULE.match(hit.message):
        return named[1] not in _OPEN_ENDED and _is_public(named[0]) and not _is_in_source(named[1], named[2])
    named = _CLASS.match(hit.message) or _OBJECT.match(hit.message)
    if named is None or not _is_public(named[2]) or _is_set_somewhere(named[2], source):
        return False
    if named.re is _CLASS:
        return True
    if _EXACT.fullmatch(named[1]):
        return _value_is_known(hit, source)
    return named[1].isidentifier() and _was_just_made(named[1], hit, source)


def _is_set_somewhere(attribute: str, source: SourceText) -> bool:
    """Attributes of a class or an object can be added from outside, by name or by stranger means."""
    assigned = re.compile(rf"\.{attribute}\s*(?::[^=]*)?=(?!=)")
    return any(assigned.search(text) or _MADE_AT_RUN_TIME.search(text) for text in source.lines)


def _value_is_known(hit: Hit, source: SourceText) -> bool:
    """Whether the value is this function's own: a literal, a parameter, or a variable made from such."""
    here = _at(hit, source)
    name = re.match(r"([A-Za-z_]\w*)\.", here)
    if " if " in here or name is None:
        return here[:1] in "\"'([{bfr" and " if " not in here
    values = _values(name[1], hit, source)
    declared = re.compile(rf"(?:^|[(,*\s]){name[1]}\s*:")
    if values and any(declared.search(text) for text in lines_above(hit, source)):
        return False  # ty goes by the annotation, and another value was assigned
    return all(re.match(r"[\"'(\[{]|[bfr]+[\"']|-?\d|[\w.]+\(", value) for value in values)


def _was_just_made(class_name: str, hit: Hit, source: SourceText) -> bool:
    """Whether the object comes from a call of the class, in place or by every assignment to its name."""
    here = _at(hit, source)
    if here.startswith(f"{class_name}("):
        return True
    name = re.match(r"([A-Za-z_]\w*)\.", here)
    values = _values(name[1], hit, source) if name else []
    return bool(values) and all(value.startswith(f"{class_name}(") for value in values)


def _values(name: str, hit: Hit, source: SourceText) -> list[str]:
    """What is assigned to a name above a hit, within its function."""
    assigned = re.compile(rf"(?:^|[\s(,*]){name}\s*(?::[^=(]*)?=(?!=)\s*(.*)")
    above = (text for text in lines_above(hit, source) if not re.match(r"\s*(?:async )?def\b", text))
    return [found[1] for text in above if (found := assigned.search(text))]


def _callee_is_known(hit: Hit, source: SourceText) -> bool:
    """Whether the function is called by its own name, and its own definition is in force."""
    called = _callee(hit)
    if not called or called.startswith(("object.", "type.")) or called.endswith(".__call__"):
        return False
    name = called.removesuffix(".__init__").rpartition(".")[2]
    if not _is_called_here(name, hit, source):
        return False
    rebound = re.compile(rf"\s*{name}\s*=(?!=)")
    if any(rebound.match(text) for text in source.lines):
        return False
    return not any(_is_decorated(part, source) for part in called.split("."))


def _callee(hit: Hit) -> str:
    named = _CALLED.search(hit.message)
    return (named[1] or named[2]) if named else ""


def _is_called_here(name: str, hit: Hit, source: SourceText) -> bool:
    called = re.compile(rf"(?<!\w)(?<!def ){name}\(")
    first = max(hit.start - _LINES_OF_CALL, 1)
    return any(called.search(line_of(source, number)) for number in range(first, hit.start + 1))


def _is_decorated(name: str, source: SourceText) -> bool:
    """A decorator may pass arguments of its own, as `mock.patch` does, on a class to all of its methods."""
    harmless = re.compile(
        r"\s*@(?:staticmethod|classmethod|abstractmethod|abc\.\w+|override|(?:dataclasses\.)?dataclass|typing\.\w+)\b"
    )
    definition = re.compile(rf"\s*(?:async )?(?:def|class) {name}\b")
    for number, text in enumerate(source.lines[1:], start=1):
        above = source.lines[number - 1]
        if definition.match(text) and above.lstrip().startswith(("@", ")")) and not harmless.match(above):
            return True
    return False


def _is_no_function(hit: Hit, source: SourceText) -> bool:
    """A module, or a value under a name that only this function gives to it."""
    return _NO_FUNCTION.match(hit.message) is not None and re.match(r"\w+\(", _at(hit, source)) is not None


def _is_of_standard_library(hit: Hit) -> bool:
    """Only a part of a package that every Python has; any other module may come from anywhere."""
    named = _UNRESOLVED.match(hit.message)
    if named is None or "." not in named[1] or not _is_public(named[1]):
        return False
    parts = named[1].split(".")
    return parts[0] in _STANDARD and not {"test", "tests"} & set(parts) and _source_of(named[1]) is None


def _is_in_source(module: str, name: str) -> bool:
    """Whether the standard library's own source defines a name at the top, whatever typeshed says."""
    defined = rf"^(?:(?:async )?def|class) {name}\b|^(?:    )?{name}\s*[:=]|\b(?:import|global)\b.*\b{name}\b"
    return re.search(defined, _text_of(module), re.MULTILINE) is not None


@lru_cache(maxsize=16)
def _text_of(module: str) -> str:
    """The source of a module of the standard library; empty for one that is not written in Python."""
    source = _source_of(module)
    return "" if source is None else source.read_text(encoding="utf-8", errors="replace")


def _source_of(module: str) -> Path | None:
    """The file of a module of the standard library that we run on; nothing is imported."""
    base = _STANDARD_LIBRARY.joinpath(*module.split("."))
    found = (file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file())
    return next(found, None)


def _is_public(text: str) -> bool:
    """Private names are real more often than typeshed says."""
    return re.search(r"(?:^|[.`])_", text) is None


def _at(hit: Hit, source: SourceText) -> str:
    """The line of a hit from its first character on."""
    return line_of(source, hit.start)[hit.column - 1 :]


_FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        "missing-attribute": _attribute_is_known,
        "missing-module-member": _attribute_is_known,
        "not-callable": _is_no_function,
        "missing-argument": _callee_is_known,
        "parameter-already-assigned": _callee_is_known,
        "positional-only-parameter-as-kwarg": _callee_is_known,
        "too-many-positional-arguments": _callee_is_known,
        "unknown-argument": _callee_is_known,
    }
)
