"""Second looks at hits of ruff rules that would misfire too often as they are.

Each filter says whether a hit describes a defect. They look at the text around a hit and only drop hits.

What is *not* here: which rules are used at all (`rules/python/ruff-rules.toml`).
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from types import MappingProxyType

from workers.analysers.rules import SourceText


@dataclass(frozen=True, slots=True)
class Hit:
    """One diagnostic of ruff.

    Attributes:
        name: what ruff's message puts in back-quotes first, or empty.
        start, end: lines as git counts them, 1-based, both included.
        column, end_column: 1-based characters; the end is behind the last one.
    """

    code: str
    message: str
    name: str
    start: int
    end: int
    column: int
    end_column: int


Filter = Callable[[Hit, SourceText], bool]

_CHANGES_WITH_TIME = re.compile(
    r"(^|\.)(now|utcnow|today|time|time_ns|monotonic|perf_counter|uuid1|uuid4|random|randint|token_hex|token_urlsafe)$"
)
_DEFINITION = re.compile(r"\s*(async\s+def|def|class)\b")
_SAYING = frozenset({tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_REPLACED = re.compile(r"\s*(\w+)\s*(?::[^=]*)?=(?!=)")
# What happens to a name that may be a parameter; the name is the only group. No pattern names the parameter
# itself: there may be thousands of them, and each would be compiled.
_CHANGED = (
    re.compile(
        r"(?<![\w.])(\w+)\.(?:append|appendleft|add|clear|discard|extend|insert|pop|popitem|remove|reverse"
        r"|setdefault|sort|update|__setitem__)\("
    ),
    re.compile(r"(?<![\w.])(\w+)\[[^\]]*\]\s*(?:[-+*/|&^]|//|\*\*)?=(?!=)"),
    re.compile(r"(?<![\w.])(\w+)\s*[-+|&*]="),
    re.compile(r"\bdel\s+(\w+)\["),
    re.compile(r"\b(?:return|yield)\s+(\w+)\s*(?:#|$)"),
    # and of an attribute, which may hold the parameter
    re.compile(
        r"\.(\w+)\.(?:append|appendleft|add|clear|discard|extend|insert|pop|popitem|remove|reverse"
        r"|setdefault|sort|update|__setitem__)\("
    ),
    re.compile(r"\.(\w+)\[[^\]]*\]\s*(?:[-+*/|&^]|//|\*\*)?=(?!=)"),
    re.compile(r"\.(\w+)\s*[-+|&*]="),
)
_STORED = re.compile(r"\.(\w+)\s*(?::[^=]*)?=\s*(\w+)\s*(?:#|$)")
_SOMETIMES_BUILT_IN = frozenset({"frozendict", "get_ipython", "display", "reveal_type", "reveal_locals"})
_PYTHON_2 = frozenset({"basestring", "long", "raw_input", "reduce", "unichr", "unicode", "xrange"})
_OLD_PYTHON = re.compile(r"version_info|\bPY[23]\b|except NameError")
_KEPT_LAMBDA = re.compile(
    r"\b(append|add|submit|Thread|Timer|connect|add_done_callback|call_later|call_soon|on|subscribe|register"
    r"|after|bind|defer|add_callback|insert)\s*\([^()]*\blambda\b|\]\s*=\s*lambda\b|[\[{(]\s*lambda\b[^()]*\bfor\b"
)
_PART_OF_SQL = re.compile(
    r"^[A-Z_.]+$|placeholder|column|table|where|clause|sql|select|field|order|join|schema|condition|query|limit"
    r"|marks|filter|index",
)
_TEST_PATH = re.compile(r"(^|/)(tests?|testing|conftest\.py|test_[^/]*|[^/]*_test\.py)(/|$)")
_LONGEST_LINE = 500  # characters
_MOST_LINES = 30
_BODY_LINES = 200  # of a longer function only the beginning is looked at


def _line(source: SourceText, number: int) -> str:
    """A line of ordinary length: what stands behind that is not worth the time that a pattern may take."""
    return source.lines[number - 1][:_LONGEST_LINE]


def _text(hit: Hit, source: SourceText) -> str:
    """The first lines of a hit, each of ordinary length."""
    last = min(hit.end, hit.start + _MOST_LINES - 1)
    return "\n".join(_line(source, number) for number in range(hit.start, last + 1))


def _shared_default_matters(hit: Hit, source: SourceText) -> bool:
    """Whether the function changes the shared object, or hands it to somebody who may."""
    name = _parameter_of(hit, source)
    if not name:
        return False
    attributes: set[str] = set()
    for line in _body_after(hit.end, source):
        replaced = _REPLACED.match(line)
        if replaced is not None and replaced.group(1) == name:
            return False  # before anything could change it
        if name in _changed_in(line):
            return True
        attributes.update(attribute for attribute, value in _STORED.findall(line) if value == name)
    last = min(hit.end + _BODY_LINES, len(source.lines)) if attributes else hit.end
    return any(attributes & _changed_in(_line(source, number)) for number in range(hit.end + 1, last + 1))


def _parameter_of(default: Hit, source: SourceText) -> str:
    """The parameter that a default belongs to; empty where that cannot be told.

    From the default back to what parts it from the parameter before: annotations have brackets, commas and
    further names.
    """
    before = _tokens_before(default, source)
    if not before or before.pop().string != "=":
        return ""
    depth, names = 0, [""]
    for token in reversed(before):
        if token.string in _OPENING or (token.string in ("lambda", ",") and depth == 0):
            depth -= 1
            if depth < 0:
                break
        elif token.string in _CLOSING:
            depth += 1
        elif token.type == tokenize.NAME and depth == 0:
            names.append(token.string)
    return names[-1]


def _tokens_before(hit: Hit, source: SourceText) -> list[tokenize.TokenInfo]:
    """What stands between the nearest definition above a hit and the hit, without line ends and comments."""
    if hit.column > _LONGEST_LINE:
        return []
    head = _head_of(hit.start, source, max(hit.start - _MOST_LINES, 1))
    lines = [_line(source, number) for number in range(head, hit.start + 1)]
    lines[-1] = lines[-1][: hit.column - 1]
    return [token for token in _tokens("\n".join(lines)) if token.type in _SAYING]


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a text up to the first that is none: a text that ends amid brackets is an error, too."""
    with suppress(tokenize.TokenError, SyntaxError):
        yield from tokenize.generate_tokens(StringIO(text).readline)


def _changed_in(line: str) -> set[str]:
    """Names of variables and attributes that a line changes in place or hands out."""
    return {found for pattern in _CHANGED for found in pattern.findall(line)}


def _body_after(line: int, source: SourceText) -> Iterator[str]:
    """What follows `line` in the function whose signature holds it, as far as indentation tells."""
    head = _head_of(line, source, 1)
    indent = _indent(source.lines[head - 1])
    for number in range(line + 1, min(line + _BODY_LINES, len(source.lines)) + 1):
        text = _line(source, number)
        signature_ends = text.lstrip().startswith(")")
        if text.strip() and _indent(text) <= indent and not signature_ends:
            return
        yield text


def _head_of(line: int, source: SourceText, first: int) -> int:
    """The nearest line at or above a line that begins a definition; `first` where none does from there on."""
    while line > first and _DEFINITION.match(_line(source, line)) is None:
        line -= 1
    return line


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _value_changes_with_time(hit: Hit, _: SourceText) -> bool:
    return _CHANGES_WITH_TIME.search(hit.name) is not None


def _is_definition(hit: Hit, source: SourceText) -> bool:
    """Only functions and classes: a repeated import does no harm, and stubs repeat themselves by design."""
    return not source.path.endswith(".pyi") and _DEFINITION.match(_line(source, hit.start)) is not None


def _flag_as_count(hit: Hit, source: SourceText) -> bool:
    text = _text(hit, source)
    call = text[hit.column - 1 : hit.end_column] if hit.start == hit.end else text
    return re.search(r",\s*re\.[A-Z]+\b", call) is not None


def _is_not_constant(hit: Hit, _: SourceText) -> bool:
    """A constant command does no harm: ruff says that it 'seems safe'."""
    return "seems safe" not in hit.message


def _is_not_expected_to_raise(hit: Hit, source: SourceText) -> bool:
    """A comparison for its exception stands in a `with pytest.raises(...)` block."""
    return not any("raises" in line.casefold() for line in source.lines[max(hit.start - 4, 0) : hit.start])


def _is_no_class(hit: Hit, source: SourceText) -> bool:
    """`except A or B` is another rule's matter."""
    return re.search(r"\bexcept\b.*\b(or|and)\b", _line(source, hit.start)) is None


def _exports_missing_name(hit: Hit, source: SourceText) -> bool:
    """Packages list submodules, stubs define nothing, and some modules fill their namespace as they run."""
    if source.path.endswith((".pyi", "__init__.py")):
        return False
    return not any("globals()" in line for line in source.lines)


def _undefined_everywhere(hit: Hit, source: SourceText) -> bool:
    """Not a name that IPython, a type checker or a newer Python adds, nor Python 2 in code for both."""
    if hit.name in _SOMETIMES_BUILT_IN:
        return False
    return hit.name not in _PYTHON_2 or not any(_OLD_PYTHON.search(line) for line in source.lines)


def _is_condition(hit: Hit, source: SourceText) -> bool:
    """A constant that somebody wrote into a condition on purpose (`if False and ...`) switches code off."""
    text = _text(hit, source)
    switch = re.search(r"\b(False|0) and\b|\b(True|1) or\b|\band False\b|\bor True\b", text)
    return switch is None and re.search(r"\b(if|while|assert|return|not|and)\b", text) is not None


def _returns_a_value(hit: Hit, source: SourceText) -> bool:
    """What a call returns in `__init__` may well be None."""
    return re.search(r"\breturn\s+[\w.\[\]]+\(", _line(source, hit.start)) is None


def _default_is_kept(hit: Hit, source: SourceText) -> bool:
    """A default that is converted at once, as in `int(os.getenv("N", 1))`, does no harm."""
    return re.search(r"\b(int|float|str)\(\s*os\b", _line(source, hit.start)) is None


def _comma_is_missing(hit: Hit, source: SourceText) -> bool:
    """Long text is broken at a space or in a pattern; where a comma is missing, two words run together."""
    text = _text(hit, source)
    if hit.start == hit.end:
        return re.search(r"[\"'] +[\"']", text[hit.column - 1 : hit.end_column]) is not None
    return re.search(r"\w([\"'])\s*\n\s*\1\w", text) is not None


def _closure_outlives_turn(hit: Hit, source: SourceText) -> bool:
    """Most functions made in a loop are called before it moves on; only those that are kept matter."""
    text = _line(source, hit.start)
    return _KEPT_LAMBDA.search(text) is not None


def _is_put_together(hit: Hit, source: SourceText) -> bool:
    """Whether markup is made from parts here, and not just handed on."""
    text = _text(hit, source)
    return re.search(r"\b[fF][\"']|\.format\(|[\"']\s*[%+]|\+\s*[\"']", text) is not None


def _inserts_a_value(hit: Hit, source: SourceText) -> bool:
    """Names of tables and lists of placeholders cannot be passed as parameters: they are put in like this."""
    inserted = re.findall(r"\{([^{}]*)\}", _text(hit, source))
    return not inserted or not all(_PART_OF_SQL.search(part) for part in inserted)


FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        "B006": _shared_default_matters,
        "B008": _value_changes_with_time,
        "B015": _is_not_expected_to_raise,
        "B030": _is_no_class,
        "B034": _flag_as_count,
        "B023": _closure_outlives_turn,
        "F811": _is_definition,
        "F821": _undefined_everywhere,
        "F822": _exports_missing_name,
        "ISC004": _comma_is_missing,
        "PLE0101": _returns_a_value,
        "PLW1508": _default_is_kept,
        "RUF009": _value_changes_with_time,
        "S602": _is_not_constant,
        "S605": _is_not_constant,
        "S608": _inserts_a_value,
        "S704": _is_put_together,
        "SIM222": _is_condition,
        "SIM223": _is_condition,
    }
)


def is_defect(hit: Hit, source: SourceText) -> bool:
    """Whether a hit is worth reporting."""
    if re.match(r"S\d", hit.code) and _TEST_PATH.search(source.path):
        return False  # tests attack nobody
    keep = FILTERS.get(hit.code)
    return keep is None or keep(hit, source)
