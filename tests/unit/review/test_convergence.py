"""Random pushes: nothing is told twice, nothing that stands is lost, and quiet pushes cost nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.ledger import TOLD
from bot.domain.review import Outcome, Review
from tests.support.growing import TOP, Story, Tree, defect_of, defects, is_wary_of

Step = Callable[[Tree, int], None]
NEW = tuple(TOLD - {Fate.OPEN})


def pick(tree: Tree, number: int) -> str:
    paths = sorted(tree.head)
    return paths[number % len(paths)]


def place(lines: list[str], number: int) -> int:
    return TOP + number % (len(lines) - TOP)


def plant(tree: Tree, number: int) -> None:
    lines = tree.head[pick(tree, number)]
    if not any(f"broken_b{number}(" in line for path in tree.head for line in tree.head[path]):
        lines.insert(place(lines, number), f"total = broken_b{number}(total)")


def remove_guard(tree: Tree, number: int) -> None:
    lines = tree.head[pick(tree, number)]
    kept = [line for line in lines if line.startswith("keep_")]
    if kept:
        lines.remove(kept[number % len(kept)])


def mend(tree: Tree, number: int) -> None:
    lines = tree.head[pick(tree, number)]
    lines[:] = [line for line in lines if "broken_" not in line]


def restore(tree: Tree, number: int) -> None:
    path = pick(tree, number)
    base, lines = tree.base[path], tree.head[path]
    for at, line in enumerate(base or ()):
        if line.startswith("keep_") and line not in lines:
            lines.insert(min(at, len(lines)), line)
            return


def guard_elsewhere(tree: Tree, number: int) -> None:
    broken = sorted(name for name in tree.standing() if name.startswith("b"))
    if broken:
        name = broken[number % len(broken)]
        lines = tree.head[pick(tree, number // 7)]
        lines.insert(place(lines, number), f"guard_{name} = check(broken_{name}, total)")


def reword(tree: Tree, number: int) -> None:
    lines = tree.head[pick(tree, number)]
    for at, line in enumerate(lines):
        if "broken_" in line and "guard_" not in line:
            lines[at] = line.replace("(total", f"(total, {number % 10}")


def write(tree: Tree, number: int) -> None:
    lines = tree.head[pick(tree, number)]
    lines.insert(place(lines, number), f"harmless_{number} = {number}")


def add_file(tree: Tree, number: int) -> None:
    path = f"shop/new_{number}.py"
    if path not in tree.base:
        tree.base[path] = None
        tree.head[path] = [f"new_{number}_{n} = {n}" for n in range(20)]


def delete_file(tree: Tree, number: int) -> None:
    path = pick(tree, number)
    if len(tree.head) > 2:
        del tree.head[path]
        base = tree.base.pop(path)
        if base is not None:
            tree.base[tree.old_names.pop(path, path)] = base


def rename(tree: Tree, number: int) -> None:
    path = pick(tree, number)
    new = f"shop/renamed_{number}.py"
    if new in tree.base:
        return
    base = tree.base.pop(path)
    tree.base[new], tree.head[new] = base, tree.head.pop(path)
    old = tree.old_names.pop(path, path)
    if base is not None:
        tree.old_names[new] = old


def rebase(tree: Tree, number: int) -> None:
    path = pick(tree, number)
    base = tree.base[path]
    if base is not None:
        for lines in (base, tree.head[path]):
            lines[:0] = [f"upstream_{number}_{n} = {n}" for n in range(number % 5 + 1)]


STEPS: Mapping[str, Step] = {
    step.__name__: step
    for step in (
        plant,
        remove_guard,
        mend,
        restore,
        guard_elsewhere,
        reword,
        write,
        add_file,
        delete_file,
        rename,
        rebase,
    )
}
QUIET = ("rename", "rebase")
PUSHES = st.lists(
    st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 99)), min_size=1, max_size=4),
    min_size=2,
    max_size=8,
)


@dataclass(slots=True)
class Watched:
    """A story, and what has to hold after each of its reviews.

    Attributes:
        shown: the code of each defect when it was last told of.
        guarded: the code of each defect that a review has read, and passed over in silence, while a line
            guarded it. Where the guard goes later and the code is not that of a finding, nobody looks at it
            again: a known limit. What was reported and refuted is looked at.
    """

    story: Story = field(default_factory=Story)
    shown: dict[str, str] = field(default_factory=dict)
    guarded: dict[str, str] = field(default_factory=dict)

    async def push(self, *steps: tuple[str, int], silent: bool = False, quiet: bool = False) -> None:
        before = {m.comment_id: defect_of(m) for m in self.open()}
        for name, number in steps:
            STEPS[name](self.story.tree, number)
        # What was told already may be passed over in silence: a model does not say everything every time.
        told = frozenset(before.values())
        names = frozenset(name for name in told if silent and (self.story.rounds + len(name)) % 2)
        review = await self.story.push(names)
        # One that went with its file and is planted elsewhere in the same push is another one.
        planted = {f"b{number}" for name, number in steps if name == "plant"}
        self.require_peace(review, told - planted)
        assert all(before.get(m.comment_id, defect_of(m)) == defect_of(m) for m in self.open())
        if quiet:
            assert review.usage.calls == 0

    def open(self) -> tuple[MarkedFinding, ...]:
        return self.story.ledger.open if self.story.ledger else ()

    def require_peace(self, review: Review, told: frozenset[str]) -> None:
        assert review.outcome is Outcome.COMPLETED
        new, shown = defects(review.findings, *NEW), defects(review.findings, *TOLD)
        lines, standing = self.story.tree.lines(), self.story.tree.standing()
        self.shown = {name: line for name, line in self.shown.items() if name in lines}
        assert not told.intersection(new), "told twice"
        assert len(shown) == len(set(shown)), "open twice"
        assert standing.issuperset(shown), "not settled although it is mended"
        lost = {
            name
            for name in standing.difference(shown)
            if self.guarded.get(name) != lines.get(name, "") or self.shown.get(name) == lines.get(name, "")
        }
        assert not lost, "lost"
        self.shown |= {name: lines.get(name, "") for name in shown}
        silent = {name for name in lines if name not in standing and not is_wary_of(name)}
        self.guarded |= {name: line for name, line in lines.items() if name in silent}


async def tell(pushes: list[list[tuple[str, int]]]) -> None:
    watched = Watched()
    plant(watched.story.tree, 1)
    await watched.push()
    first = deepcopy(watched.story.tree)
    for steps in pushes:
        await watched.push(*steps, silent=True, quiet=all(name in QUIET for name, _ in steps))
    await watched.push(quiet=True)
    watched.story.tree = first  # everything is taken back
    await watched.push()


@settings(deadline=None, max_examples=40)
@given(PUSHES)
def test_a_defect_is_told_once_stays_open_while_it_stands_and_is_settled_when_it_is_mended(
    pushes: list[list[tuple[str, int]]],
) -> None:
    asyncio.run(tell(pushes))
