from __future__ import annotations

import pytest

from workers.context.defining import Closeness, closeness, family, seems_to_define
from workers.context.words import WordFinder


def place_of_rate(line: str) -> int:
    return WordFinder(["rate"]).places(line)[0][1]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "def rate(a):"),
        ("a.py", "    async def rate(a):"),
        ("a.py", "class rate(Base):"),
        ("a.py", "rate = 3"),
        ("a.py", "rate: int = 3"),
        ("a.js", "function rate(a) {"),
        ("a.js", "export default async function* rate() {"),
        ("a.js", "const rate = (a) => a;"),
        ("a.js", "exports.rate = function () {"),
        ("a.js", "  rate(a, b) {"),
        ("a.js", "  static async rate("),
        ("a.js", "  rate: function () {"),
        ("a.js", '  "rate": async (a) => {'),
        ("a.ts", "export interface rate {"),
        ("a.ts", "  private rate<T>(a: T): void {"),
        ("a.ts", "export type rate = string;"),
        ("a.go", "func rate(a int) {"),
        ("a.go", "func (t *Till) rate(a int) {"),
        ("a.go", "type rate struct {"),
        ("a.go", "\trate struct {"),
        ("a.rs", "pub(crate) fn rate<T>(a: T) -> B {"),
        ("a.rs", "macro_rules! rate {"),
        ("a.rb", "  def self.rate(a)"),
        ("a.rb", "module rate"),
        ("a.c", "#define rate(a) 1"),
        ("a.c", "static struct till *rate(int a)"),
        ("a.c", "rate(struct till *t,"),
        ("a.c", "} rate;"),
        ("a.c", "struct rate {"),
        ("a.cpp", "Money Till::rate(int a) const {"),
        ("A.java", "  public static <T> Map<String, T> rate(int a) throws E {"),
        ("A.java", "  private final int rate = 3;"),
    ],
)
def test_lines_that_define_look_like_it(path: str, line: str) -> None:
    assert seems_to_define(line, "rate", place_of_rate(line), path)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "x = rate(a)"),
        ("a.py", "rate(a)"),
        ("a.py", "if rate == 3:"),
        ("a.py", "return rate(a)"),
        ("a.py", "self.total(rate=3)"),
        ("a.js", "  rate(a);"),
        ("a.js", "return rate(a, {"),
        ("a.js", "  await rate("),
        ("a.js", "if (rate(a)) {"),
        ("a.js", "rate => 3"),
        ("a.js", "  x.rate(a, {"),
        ("a.go", "\tx := rate(a)"),
        ("a.c", "rate(a);"),
        ("A.java", "new rate(a) {"),
        ("a.js", "/* " + "x" * 400 + " function rate() {"),
    ],
)
def test_lines_that_use_do_not(path: str, line: str) -> None:
    assert not seems_to_define(line, "rate", place_of_rate(line), path)


@pytest.mark.parametrize(
    ("path", "rank"),
    [
        ("src/shop/till.py", Closeness.SAME_FILE),
        ("lib/rates.py", Closeness.IMPORTED),
        ("lib/coins/__init__.py", Closeness.IMPORTED),
        ("src/shop/box.py", Closeness.SAME_FOLDER),
        ("src/web/box.py", Closeness.SAME_PART),
        ("tools/box.py", Closeness.ELSEWHERE),
        ("tests/rates.py", Closeness.SECONDARY),
        ("src/shop/test_box.py", Closeness.SECONDARY),
        ("src/examples/box.py", Closeness.SECONDARY),
    ],
)
def test_files_are_near_by_import_then_by_folder(path: str, rank: Closeness) -> None:
    imports = "from lib.rates import rate\nfrom lib import coins"
    assert closeness(path, "src/shop/till.py", imports) is rank


def test_between_tests_a_test_is_near() -> None:
    assert closeness("tests/helpers.py", "tests/test_till.py", "") is Closeness.SAME_FOLDER


def test_files_of_one_family_define_names_for_each_other() -> None:
    assert family("a.ts") == family("b.jsx") == family("c.tsx")
    assert family("a.c") == family("b.h")
    assert family("a.py") != family("b.rb")
    assert family("a.md") is None
