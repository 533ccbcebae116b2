"""One small program a language: with definitions, calls, types and local names of the usual kinds."""

from __future__ import annotations

from workers.context.symbols import Symbols
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


def read(text: str, grammar: str) -> Symbols:
    """The symbols of a text in this language."""
    symbols = symbols_of(text, f"file.{SUFFIX[grammar]}")
    assert symbols is not None
    return symbols
