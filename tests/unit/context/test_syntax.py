from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.context.grammars import grammars
from workers.context.symbol_tables import TABLES
from workers.context.symbols import Role, Symbols, enclosing_definitions, names_used
from workers.context.syntax import symbols_of

SUFFIX = {
    "python": "py",
    "javascript": "js",
    "typescript": "ts",
    "tsx": "tsx",
    "go": "go",
    "rust": "rs",
    "ruby": "rb",
    "c": "c",
    "cpp": "cpp",
    "java": "java",
}

PYTHON = '''\
from shop.rates import rate_of as rate
LIMIT = 3


# Counts coins.
@register("till")
class Till(Box):
    """A till."""

    async def total(self, coins, *, sign=1):
        amount = sum_up(coins) * rate(self.currency)
        self.audit.record(amount)
        return Money(amount, LIMIT)


def close(till):
    def inner():
        return till
    return inner
'''
JAVASCRIPT = """\
const { rateOf } = require("./rates");
const LIMIT = 3;
/**
 * Counts coins.
 */
export class Till extends Box {
  #coins = [];
  async total(coins) {
    const amount = sumUp(coins) * rateOf(this.currency);
    this.audit.record(amount);
    return new Money(amount, LIMIT);
  }
  reset = () => { this.clearAll(); };
}
export const close = async (till) => shutDown(till);
exports.open = function (till) { return till; };
function* each() { yield 1; }
"""
TYPESCRIPT = """\
import { rateOf } from "./rates";
interface Coin { value: number; weigh(scale: Scale): number }
type Purse = Coin[];
enum Kind { GOLD = 1 }
export abstract class Till<T> extends Box {
  constructor(private audit: Audit) { super(); }
  total(coins: Purse): Money {
    const amount: number = sumUp(coins) * rateOf(this.currency);
    return new Money(amount);
  }
}
export const close = (till: Till<Coin>): void => shutDown(till);
namespace Inner { export function deep() {} }
"""
TSX = """\
export function View({ till }: Props) {
  const total = useTotal(till);
  return <Panel title={format(total)}><Row /></Panel>;
}
"""
GO = """\
package till

import (
	"example.org/shop/rates"
)

// Limit of coins.
const Limit = 3

// Till counts coins.
type Till struct {
	coins []Coin
}

// Total adds up.
func (t *Till) Total(coins []Coin, sign int) (Money, error) {
	amount, err := sumUp(coins)
	if err != nil {
		return rates.Nothing(), err
	}
	t.audit.Record(amount)
	return Money{Amount: amount}, nil
}

func closeAll(tills ...*Till) {}
"""
RUST = """\
use shop::rates::rate_of;

/// A till.
#[derive(Debug)]
pub struct Till { coins: Vec<Coin> }

impl Till {
    pub fn total(&self, coins: &[Coin]) -> Money {
        let amount = sum_up(coins) * rate_of(self.currency);
        self.audit.record(amount);
        trace!("{}", amount);
        Money::of(amount)
    }
}
trait Count { fn count(&self) -> usize; }
enum Kind { Gold }
const LIMIT: usize = 3;
macro_rules! coin { () => {} }
"""
RUBY = """\
require_relative "rates"

# Counts coins.
class Till < Box
  LIMIT = 3

  def total(coins, sign: 1)
    amount = sum_up(coins) * Rates.rate_of(@currency)
    audit.record!(amount)
    Money.build(amount)
  end

  def self.open?(till) = till.ready?
end

module Shop
end
"""
C = """\
#include "rates.h"
#define LIMIT 3
#define TWICE(a) ((a) * 2)

struct till { int coins; };
typedef struct { int value; } coin_t;
enum kind { GOLD };

/* Adds up. */
static struct till *
total(struct till *from, const coin_t *coins, int count)
{
    int amount = sum_up(coins, count) * TWICE(rate_of(from));
    from->audit->record(amount);
    return from;
}
int declared(int count);
"""
CPP = """\
#include "till.h"
namespace shop {
template <typename T>
class Till : public Box {
 public:
  Money total(const T& coins) const { return sumUp<T>(coins); }
  int declared(int count);
};
Money Till::close(int sign) {
  auto amount = rates::rateOf(sign);
  audit.record(amount);
  return Money(amount);
}
using Coins = std::vector<Coin>;
}
"""
JAVA = """\
package shop;
import shop.rates.RateOf;

/** Counts coins. */
@Service
public class Till extends Box {
  private static final int LIMIT = 3;

  Till(Audit audit) { super(audit); }

  @Override
  public Money total(Coin[] coins, int sign) throws CountError {
    int amount = sumUp(coins) * RateOf.rate(this.currency);
    audit.record(amount);
    return new Money(amount);
  }
  interface Counting { int count(); }
}
enum Kind { GOLD }
"""

DEFINITIONS = {
    "python": (
        PYTHON,
        [
            "constant LIMIT 2-2",
            "class Till 5-13",
            "method Till.total 10-13",
            "function close 16-19",
            "function inner 17-18",
        ],
    ),
    "javascript": (
        JAVASCRIPT,
        [
            "constant LIMIT 2-2",
            "class Till 3-14",
            "constant Till.#coins 7-7",
            "method Till.total 8-12",
            "method Till.reset 13-13",
            "function close 15-15",
            "function open 16-16",
            "function each 17-17",
        ],
    ),
    "typescript": (
        TYPESCRIPT,
        [
            "type Coin 2-2",
            "method Coin.weigh 2-2",
            "type Purse 3-3",
            "type Kind 4-4",
            "class Till 5-11",
            "method Till.constructor 6-6",
            "method Till.total 7-10",
            "function close 12-12",
            "function deep 13-13",
        ],
    ),
    "tsx": (TSX, ["function View 1-4"]),
    "go": (
        GO,
        [
            "constant Limit 7-8",
            "type Till 10-13",
            "method Till.Total 15-23",
            "function closeAll 25-25",
        ],
    ),
    "rust": (
        RUST,
        [
            "type Till 3-5",
            "method Till.total 8-13",
            "type Count 15-15",
            "method Count.count 15-15",
            "type Kind 16-16",
            "constant LIMIT 17-17",
            "function coin 18-18",
        ],
    ),
    "ruby": (
        RUBY,
        [
            "class Till 3-14",
            "constant Till.LIMIT 5-5",
            "method Till.total 7-11",
            "method Till.open? 13-13",
            "class Shop 16-17",
        ],
    ),
    "c": (
        C,
        [
            "constant LIMIT 2-2",
            "function TWICE 3-3",
            "type till 5-5",
            "type coin_t 6-6",
            "type kind 7-7",
            "function total 9-16",
        ],
    ),
    "cpp": (
        CPP,
        [
            "class Till 3-8",
            "method Till.total 6-6",
            "function Till.close 9-13",
            "type Coins 14-14",
        ],
    ),
    "java": (
        JAVA,
        [
            "class Till 4-18",
            "constant Till.LIMIT 7-7",
            "method Till.Till 9-9",
            "method Till.total 11-16",
            "type Till.Counting 17-17",
            "method Counting.count 17-17",
            "type Kind 19-19",
        ],
    ),
}

USES = {
    "python": (PYTHON, "register sum_up rate record Money", "LIMIT Box"),
    "javascript": (JAVASCRIPT, "sumUp rateOf record Money clearAll shutDown", "LIMIT Box"),
    "typescript": (TYPESCRIPT, "sumUp rateOf Money shutDown", "Scale Audit Purse Coin Box"),
    "tsx": (TSX, "useTotal Panel Row", "Props"),
    "go": (GO, "sumUp Nothing Record", "Coin Money Till"),
    "rust": (RUST, "sum_up rate_of record trace", "Coin Money"),
    "ruby": (RUBY, "sum_up rate_of record! build ready?", "Rates Money Box"),
    "c": (C, "sum_up TWICE rate_of record", "till coin_t"),
    "cpp": (CPP, "sumUp rateOf record Money", "Coin Box"),
    "java": (JAVA, "sumUp rate record Money", "Audit Coin CountError RateOf Box"),
}

LOCALS = {
    "python": "amount coins self till sign",
    "javascript": "amount coins till",
    "typescript": "amount coins till scale audit",
    "tsx": "till total",
    "go": "amount err coins tills",
    "rust": "amount coins",
    "ruby": "amount coins sign",
    "c": "amount coins count from",
    "cpp": "amount coins count sign",
    "java": "amount coins sign",
}


def read(text: str, grammar: str) -> Symbols:
    symbols = symbols_of(text, f"file.{SUFFIX[grammar]}")
    assert symbols is not None
    return symbols


def told(symbols: Symbols) -> list[str]:
    return [
        f"{one.kind} {one.within + '.' if one.within else ''}{one.name} {one.start}-{one.end}"
        for one in symbols.definitions
    ]


def names(symbols: Symbols, *roles: Role) -> set[str]:
    everywhere = range(1, 200)
    return {use.name for use in names_used(symbols, everywhere, most=200) if not roles or use.role in roles}


def test_every_grammar_has_a_table_and_cases_here() -> None:
    for tables in (TABLES, SUFFIX, DEFINITIONS, USES, LOCALS):
        assert set(tables) == set(grammars())


@pytest.mark.parametrize("grammar", grammars())
def test_definitions_have_their_lines_with_comments_and_decorators_above(grammar: str) -> None:
    text, expected = DEFINITIONS[grammar]
    assert told(read(text, grammar)) == expected


@pytest.mark.parametrize("grammar", grammars())
def test_calls_and_types_on_lines_are_told_apart(grammar: str) -> None:
    text, calls, types = USES[grammar]
    symbols = read(text, grammar)
    assert set(calls.split()) <= names(symbols, Role.CALL)
    assert set(types.split()) <= names(symbols, Role.TYPE, Role.NAME)


@pytest.mark.parametrize("grammar", grammars())
def test_locals_and_parameters_are_no_names_to_look_for(grammar: str) -> None:
    assert not names(read(USES[grammar][0], grammar)) & set(LOCALS[grammar].split())


@pytest.mark.parametrize("grammar", grammars())
def test_broken_code_gives_what_can_be_had(grammar: str) -> None:
    text, expected = DEFINITIONS[grammar]
    symbols = read(f"{text}\n)]}} )( broken = = \n", grammar)
    assert set(expected[:1]) <= set(told(symbols))


@pytest.mark.parametrize("grammar", grammars())
def test_windows_line_ends_change_no_lines(grammar: str) -> None:
    text, expected = DEFINITIONS[grammar]
    assert told(read(text.replace("\n", "\r\n"), grammar)) == expected


def test_a_comment_apart_from_a_definition_does_not_belong_to_it() -> None:
    [one] = read("# License.\n\n# Not this.\nx()  # trailing\ndef area():\n    pass\n", "python").definitions
    assert (one.start, one.head) == (5, 5)


def test_head_and_body_are_where_they_are() -> None:
    [one] = read("@deco\ndef area(\n    width,\n):\n    return width\n", "python").definitions
    assert (one.start, one.head, one.body, one.end) == (1, 2, 5, 5)


def test_a_name_knows_what_it_is_a_part_of() -> None:
    [use] = read("shop.rates.load_all(1)\n", "python").uses[1][2:]
    assert (use.name, use.of) == ("load_all", "shop")


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("a.py", "from shop.rates import rate\n", "shop.rates"),
        ("a.js", 'const { rate } = require("./rates");\n', "rate } = require"),
        ("a.ts", 'import { rate } from "./rates";\n', "rates"),
        ("a.go", 'package a\n\nimport (\n\t"x/rates"\n\t"y/other"\n)\n', "x/rates"),
        ("a.rs", "use shop::rates;\n", "rates"),
        ("a.rb", 'require_relative "rates"\n', "rates"),
        ("a.c", '#include "rates.h"\n', "rates.h"),
        ("A.java", "import shop.Rates;\n", "shop.Rates"),
    ],
)
def test_imports_are_kept_one_by_one(path: str, text: str, words: str) -> None:
    symbols = symbols_of(text, path)
    assert symbols is not None
    assert words in symbols.imports[0]


def test_innermost_definitions_come_first() -> None:
    symbols = read(PYTHON, "python")
    assert [one.name for one in enclosing_definitions(symbols, 11)] == ["total", "Till"]
    assert [one.name for one in enclosing_definitions(symbols, 3)] == []


@pytest.mark.parametrize("path", ["a.md", "Makefile", "a.sql"])
def test_without_a_grammar_there_are_no_symbols(path: str) -> None:
    assert symbols_of("def f(): pass", path) is None


def test_binary_and_empty_texts_do_no_harm() -> None:
    assert symbols_of("a = 1\0", "a.py") is None
    assert symbols_of("", "a.py") == Symbols()


def test_bytes_that_are_no_utf8_and_lone_surrogates_do_no_harm() -> None:
    for text in (
        "def caf\udce9():\n    pass\n\ndef area():\n    pass\n",
        'x = "\ud800"\n\n\ndef area(): pass\n',
    ):
        assert "area" in {one.name for one in read(text, "python").definitions}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "".join("  " * depth + f"class A{depth}:\n" for depth in range(95)) + "  " * 95 + "pass\n"),
        ("a.js", "f(" * 400 + ")" * 400),
        ("a.js", "a+" * 40_000 + "1"),
        ("a.rb", "x." + "foo." * 20_000 + "bar"),
        ("a.js", f'x = "{"word " * 190_000}";'),
    ],
    ids=["classes", "calls", "operators", "chain", "one long line"],
)
def test_deep_and_long_code_is_walked_without_recursion(path: str, text: str) -> None:
    symbols_of(text, path)


WORDS = """
    def class fn func struct return if end a b Foo ( ) { } [ ] : ; , . = => -> # // /* */ ' \" ` < > @ $ é
"""
TOKENS = st.sampled_from([*WORDS.split(), "\udcff", "\n", "\n\n", "\t", " ", "  "])


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=60).map("".join), st.sampled_from(sorted(SUFFIX)))
def test_lines_of_definitions_and_uses_lie_inside_of_any_text(text: str, grammar: str) -> None:
    symbols = symbols_of(text, f"a.{SUFFIX[grammar]}")
    if symbols is None:
        return
    last = text.count("\n") + 1
    for one in symbols.definitions:
        assert 1 <= one.start <= one.head <= one.body <= one.end <= last
    assert all(1 <= line <= last for line in symbols.uses)
