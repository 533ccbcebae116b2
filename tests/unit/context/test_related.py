from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.domain.diff import FileDiff, FileStatus, Hunk, Line, LineKind
from bot.errors import GitHubUnavailable
from tests.support.changes import source_of
from tests.support.code_base import Texts
from workers.context.pieces import LINE_LENGTH, Related, RelatedKind, RelatedLimits
from workers.context.related import definitions_of, related_code
from workers.ports import Hit, SourceFile

LIMITS = RelatedLimits()
RATES = """\
def rate_of(currency):
    if currency is None:
        raise ValueError(currency)
    return TABLE[currency]
"""
TILL = """\
from shop.rates import rate_of


def total(coins):
    return len(coins)


def report(coins):
    return str(coins)
"""
CHANGED = TILL.replace("return len(coins)", "return len(coins) * rate_of(coins)")


@dataclass(slots=True)
class Counting:
    """A code base that counts what it is asked."""

    inner: Texts
    searches: list[Sequence[str]] = field(default_factory=list)
    reads: list[Sequence[str]] = field(default_factory=list)

    async def paths(self) -> Sequence[str]:
        return await self.inner.paths()

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        self.reads.append(paths)
        return await self.inner.read(paths)

    async def read_base(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        return await self.inner.read_base(paths)

    async def search(self, words: Sequence[str]) -> Sequence[Hit]:
        self.searches.append(words)
        return await self.inner.search(words)


async def related(
    changes: Mapping[str, tuple[str | None, str | None]],
    rest: Mapping[str, str],
    limits: RelatedLimits = LIMITS,
) -> Mapping[str, tuple[Related, ...]]:
    files = [source_of(path, base, head) for path, (base, head) in changes.items()]
    texts = {path: head for path, (_, head) in changes.items() if head is not None}
    return await related_code(files, Texts({**rest, **texts}), limits)


def told(pieces: Sequence[Related]) -> list[tuple[str, str, str]]:
    return [(piece.kind.value, piece.name, piece.path) for piece in pieces]


async def test_a_changed_line_brings_the_definition_of_what_it_calls() -> None:
    found = await related({"shop/till.py": (TILL, CHANGED)}, {"shop/rates.py": RATES})
    [piece] = found["shop/till.py"]
    assert (piece.kind, piece.name, piece.path) == (RelatedKind.DEFINITION, "rate_of", "shop/rates.py")
    assert (piece.start, piece.numbers, piece.for_path) == (1, (1, 2, 3, 4), "shop/till.py")
    assert piece.lines == tuple(RATES.split("\n")[:4])


async def test_an_altered_function_brings_its_callers_and_its_tests_with_the_heads_they_stand_in() -> None:
    caller = "from shop.till import total\n\n\ndef pay(purse):\n" + "    x = 1\n" * 9 + "    total(purse)\n"
    test = "from shop.till import total\n\n\ndef test_total():\n    assert total([]) == 0\n"
    rest = {"shop/pay.py": caller, "tests/test_till.py": test}
    head = TILL.replace("len(coins)", "len(coins) + 1")
    found = (await related({"shop/till.py": (TILL, head)}, rest))["shop/till.py"]
    assert told(found) == [
        ("caller", "total", "shop/pay.py"),
        ("test", "total", "tests/test_till.py"),
    ]
    assert found[0].numbers == (4, 12, 13, 14)
    assert found[0].lines[0] == "def pay(purse):"


async def test_callers_of_what_is_gone_come_before_definitions() -> None:
    gone = CHANGED[: CHANGED.index("def report")]
    rest = {
        "shop/rates.py": RATES,
        "shop/pay.py": "from shop.till import report\n\n\ndef pay(purse):\n    report(purse)\n",
    }
    found = (await related({"shop/till.py": (TILL, gone)}, rest))["shop/till.py"]
    assert told(found)[:2] == [
        ("caller", "report", "shop/pay.py"),
        ("definition", "rate_of", "shop/rates.py"),
    ]


async def test_unchanged_code_that_uses_the_same_thing_shows_how_it_is_used() -> None:
    careful = "def pay(purse):\n    rate = rate_of(purse)\n    if rate is None:\n        return 0\n"
    rest = {"shop/rates.py": RATES, "shop/pay.py": careful, "tests/test_pay.py": "rate_of(1)\n"}
    found = (await related({"shop/till.py": (TILL, CHANGED)}, rest))["shop/till.py"]
    assert told(found) == [
        ("definition", "rate_of", "shop/rates.py"),
        ("other use", "rate_of", "shop/pay.py"),
    ]
    assert found[1].lines[2] == "    if rate is None:"
    none = await related({"shop/till.py": (TILL, CHANGED)}, rest, replace(LIMITS, uses=0))
    assert told(none["shop/till.py"]) == told(found[:1])


async def test_of_a_method_with_a_short_name_nothing_far_away_is_taken_for_the_definition() -> None:
    rest = {"lib/sets.py": "class Purse:\n    def have(self):\n        return 1\n"}
    assert await related({"shop/till.py": (TILL, TILL.replace("len(coins)", "coins.have()"))}, rest) == {}
    rest = {"lib/sets.py": rest["lib/sets.py"].replace("have", "have_coins")}
    assert await related({"shop/till.py": (TILL, TILL.replace("len(coins)", "coins.have_coins()"))}, rest)


async def test_what_is_in_view_is_not_shown_again_and_the_rest_of_the_same_file_is() -> None:
    far = "def near(a):\n    return a\n" + "\n" * 200 + "def far(a):\n    return a\n" + "\n" * 200
    base = far + "def both(a):\n    return a\n"
    head = far + "def both(a):\n    return far(a) + both(a)\n"
    found = (await related({"a.py": (base, head)}, {}))["a.py"]
    assert told(found) == [("definition", "far", "a.py")]


async def test_the_import_decides_between_namesakes() -> None:
    rest = {"shop/rates.py": RATES, "bank/rates.py": RATES, "shop/other.py": RATES, "web/other.py": RATES}
    head = CHANGED.replace("shop.rates", "shop.other")
    found = await related({"shop/till.py": (TILL.replace("shop.rates", "shop.other"), head)}, rest)
    assert told(found["shop/till.py"])[0] == ("definition", "rate_of", "shop/other.py")


async def test_a_name_that_many_places_define_is_left_out() -> None:
    rest = {f"part{number}/rates.py": RATES for number in range(9)}
    head = CHANGED.replace("from shop.rates import rate_of\n", "")
    assert await related({"shop/till.py": (TILL, head)}, rest) == {}


async def test_the_same_folder_counts_more_than_others() -> None:
    rest = {"shop/a.py": RATES, "bank/b.py": RATES, "tests/rates.py": RATES}
    head = CHANGED.replace("from shop.rates import rate_of\n", "")
    found = await related({"shop/till.py": (TILL, head)}, rest)
    assert told(found["shop/till.py"])[0] == ("definition", "rate_of", "shop/a.py")


async def test_a_part_of_an_imported_library_is_not_taken_for_our_own() -> None:
    head = "import yaml\n\n\ndef load(text):\n    return yaml.safe_load_all(text)\n"
    rest = {"lib/own.py": "def safe_load_all(text):\n    return text\n"}
    assert await related({"a.py": ("", head)}, rest) == {}


async def test_a_language_is_not_searched_for_the_definitions_of_another() -> None:
    rest = {"shop/rates.rb": "def rate_of(currency)\n  1\nend\n"}
    assert await related({"shop/till.py": (TILL, CHANGED)}, rest) == {}


async def test_of_a_long_function_head_doc_and_outcomes_are_shown() -> None:
    body = "".join(f"    step_{number}()\n" for number in range(40))
    rates = (
        f'def rate_of(a, b):\n    """The rate."""\n{body}    if a:\n        return 1\n    raise KeyError(b)\n'
    )
    found = await related({"shop/till.py": (TILL, CHANGED)}, {"shop/rates.py": rates})
    [piece] = found["shop/till.py"]
    assert piece.lines[:2] == ("def rate_of(a, b):", '    """The rate."""')
    assert piece.lines[-3:] == ("    if a:", "        return 1", "    raise KeyError(b)")
    assert len(piece.lines) <= 16


async def test_of_a_long_class_its_constructor_and_the_heads_of_its_methods_are_shown() -> None:
    methods = "".join(f"    def step_{n}(self):\n        pass\n\n" for n in range(9))
    box = f"class Crate:\n{methods}    def __init__(self, size):\n        self.size = size\n"
    head = "from box import Crate\n\nCRATE = Crate(3)\n"
    [piece] = (await related({"a.py": ("", head)}, {"box.py": box}))["a.py"]
    assert "    def __init__(self, size):" in piece.lines
    assert "        self.size = size" in piece.lines
    assert "    def step_8(self):" in piece.lines
    assert "        pass" not in piece.lines


async def test_every_budget_holds_and_what_does_not_fit_is_tried_in_short() -> None:
    body = "".join(f"    return step_{number}({'x' * 90})\n" for number in range(12))
    rest = {f"lib/m{n}.py": f"def helper_{n}(a):\n{body}" for n in range(30)}
    calls = "".join(f"helper_{n}(1)\n" for n in range(30))
    [pieces] = (await related({"a.py": ("", calls)}, rest)).values()
    assert 0.6 * LIMITS.file_tokens < sum(piece.tokens for piece in pieces) <= LIMITS.file_tokens
    assert min(len(piece.lines) for piece in pieces) == 1
    small = replace(LIMITS, file_tokens=300, hunk_tokens=300)
    [fewer] = (await related({"a.py": ("", calls)}, rest, small)).values()
    assert 0 < sum(piece.tokens for piece in fewer) <= 300
    [of_a_test] = (await related({"tests/test_a.py": ("", calls)}, rest)).values()
    assert sum(piece.tokens for piece in of_a_test) <= LIMITS.file_tokens // 3


async def test_one_hunk_does_not_use_up_what_the_others_need() -> None:
    body = "".join(f"    return step_{number}({'x' * 60})\n" for number in range(8))
    rest = {f"lib/m{n}.py": f"def helper_{n}(a):\n{body}" for n in range(8)}
    gap = "\n" * 200
    base = f"a = 1\n{gap}b = 1\n{gap}c = 1\n"
    head = base.replace("a = 1", "".join(f"helper_{n}(1)\n" for n in range(7))).replace(
        "c = 1", "helper_7(1)"
    )
    limits = replace(LIMITS, file_tokens=800, hunk_tokens=400)
    [pieces] = (await related({"a.py": (base, head)}, rest, limits)).values()
    assert "helper_7" in {piece.name for piece in pieces}


async def test_what_another_changed_file_shows_comes_last() -> None:
    rates, new_rates = "def old(a):\n    return a\n", "def old(a):\n    return a\n\n\n" + RATES
    far = "def far_of(a):\n    return a\n"
    head = CHANGED.replace("* rate_of(coins)", "* rate_of(coins) + FAR(coins)").replace("FAR", "far_of")
    head = head.replace("import rate_of", "import rate_of\nfrom shop.far import far_of")
    changes = {"shop/till.py": (TILL, head), "shop/rates.py": (rates, new_rates)}
    found = await related(changes, {"shop/far.py": far})
    names = [piece.name for piece in found["shop/till.py"]]
    assert names.index("far_of") < names.index("rate_of")


async def test_a_namesake_of_an_altered_function_is_no_caller() -> None:
    rest = {
        "a/x.py": "def f(box):\n    total = 1\n    return total\n",
        "a/y.py": "def g(box):\n    return box.total\n",
        "a/z.py": 'NOTE = "the total (of all)"\n',
    }
    head = TILL.replace("len(coins)", "len(coins) + 1")
    assert await related({"shop/till.py": (TILL, head)}, rest) == {}


async def test_passing_a_name_on_is_no_call() -> None:
    base = "function total(a) {\n  return a;\n}\n\nmodule.exports = { total };\n"
    rest = {"lib/index.js": 'const { total } = require("./till");\nmodule.exports = {\n  total,\n};\n'}
    assert await related({"lib/till.js": (base, base.replace("return a", "return -a"))}, rest) == {}


async def test_one_search_and_one_read_serve_a_whole_review() -> None:
    files = [source_of(f"shop/till{n}.py", TILL, CHANGED.replace("rate_of", f"rate_{n}")) for n in range(5)]
    code = Counting(Texts({f"shop/rates/r{n}.py": RATES.replace("rate_of", f"rate_{n}") for n in range(5)}))
    await related_code(files, code, LIMITS)
    assert (len(code.searches), len(code.reads)) == (1, 1)
    assert len(code.searches[0]) == len(set(code.searches[0]))


async def test_no_more_files_are_read_than_the_limit() -> None:
    calls = "".join(f"helper_{n}(1)\n" for n in range(40))
    code = Counting(Texts({f"lib/m{n}.py": f"def helper_{n}(a): pass\n" for n in range(40)}))
    await related_code([source_of("a.py", "", calls)], code, replace(LIMITS, files=5))
    assert len(code.reads[0]) == 5


async def test_a_change_without_names_asks_nothing() -> None:
    code = Counting(Texts({}))
    assert (
        await related_code([source_of("a.md", "a\n", "b\n"), source_of("a.py", "", "")], code, LIMITS) == {}
    )
    assert code.searches == []


async def test_a_code_base_that_cannot_be_reached_says_so() -> None:
    with pytest.raises(GitHubUnavailable):
        await related_code([source_of("shop/till.py", TILL, CHANGED)], Texts({}, down=True), LIMITS)


async def test_a_file_that_is_gone_in_the_meantime_is_left_out() -> None:
    class Vanishing(Texts):
        async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
            return dict.fromkeys(paths)

    code = Vanishing({"shop/rates.py": RATES})
    assert await related_code([source_of("shop/till.py", TILL, CHANGED)], code, LIMITS) == {}


def hostile_file(path: str, text: str) -> SourceFile:
    lines = tuple(Line(LineKind.ADDED, line, None, n) for n, line in enumerate(text.split("\n"), start=1))
    hunk = Hunk(0, 0, 1, len(lines), "", lines)
    return SourceFile(FileDiff(path, FileStatus.ADDED, (hunk,)), text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("caf\udce9\n.py", "rate_of(1)"),
        ("a.py", "rate_of(caf\udce9)\n\udcff\x00"),
        ("a.py", 'rate_of("\ud800")'),
        ("a.js", "x = '" + "rate_of " * 130_000 + "'"),
        ("a.js", "rate_of(" * 499 + ")" * 499),
        ("a.js", "{a:" * 200_000),
        ("A.java", "A<" * 200_000),
        ("a.py", "((((((" + "\n" * 10_000),
        ("../../etc/a.py", "rate_of(1)"),
        (".py", "rate_of(1)"),
        ("a.rb", "rate_of(1) rescue <<A\n" * 500),
    ],
    ids=str,
)
async def test_hostile_files_do_no_harm(path: str, text: str) -> None:
    code = Texts({"shop/rates.py": RATES, "b/x.js": text, path: text})
    for pieces in (await related_code([hostile_file(path, text)], code, LIMITS)).values():
        assert all(len(line) <= LINE_LENGTH + 1 for piece in pieces for line in piece.lines)


async def test_ten_thousand_changed_lines_ask_for_few_names_and_get_few_pieces() -> None:
    code = "".join(
        f"def func_{n}(a):\n    b = call_{n}(a)\n    return func_{n - 1}(b)\n\n\n" for n in range(2_000)
    )
    found = await related({"a.py": (None, code)}, {"b.py": code})
    assert set(found) <= {"a.py"}
    assert sum(map(len, found.values())) <= LIMITS.names


async def test_definitions_are_found_for_every_way_of_asking() -> None:
    size = "    def size(self):\n        return 1\n"
    box = f"class Crate:\n{size}\n\nclass Other:\n{size}"
    code = Texts({"lib/box.py": box, "shop/rates.py": RATES})
    for name, start in {
        "rate_of": 1,
        "shop.rates.rate_of(currency)": 1,
        "Other.size": 7,
        "lib/box.py::Crate": 1,
        "lib/box.py::Other.size": 7,
        " Crate ": 1,
    }.items():
        found = await definitions_of([name], code, "a.py")
        assert (name, [piece.start for piece in found]) == (name, [start])


async def test_a_path_brings_the_outline_of_the_file() -> None:
    text = "import os\n\n\nclass Crate:\n    def size(self):\n        return 1\n"
    [piece] = await definitions_of(["lib/box.py"], Texts({"lib/box.py": text}), "a.py")
    assert piece.lines == ("class Crate:", "    def size(self):")
    [prose] = await definitions_of(["README.md"], Texts({"README.md": "# Till\n"}), "a.py")
    assert prose.lines[0] == "# Till"


@pytest.mark.parametrize(
    "name", ["", "   ", "::", "...", "../secret", "nosuch_name", "\0", "a\nb", "(" * 500]
)
async def test_what_makes_no_sense_brings_nothing(name: str) -> None:
    assert await definitions_of([name], Texts({"shop/rates.py": RATES}), "a.py") == ()


async def test_of_many_names_the_first_are_answered() -> None:
    code = Counting(Texts({"a.py": "".join(f"def func_{n}(): pass\n" for n in range(99))}))
    found = await definitions_of([f"func_{n}" for n in range(99)], code, "b.py")
    assert len(found) == 8
    assert len(code.searches) == 1
