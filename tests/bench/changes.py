"""Changes to review: files of a believable size, each with 50 changed lines, in three languages.

What is *not* here: findings. A scripted model brings its own; analysers find what is planted here.
"""

from __future__ import annotations

from dataclasses import dataclass

QUOTE = "    return total / len(items)"
"""Stands once in every Python file of the head: what the scripted model points at."""

_PYTHON = """\
def rate_{number}(items, factor):
    total = {number}
    for item in items:
        if item.price > factor:
            total += item.price * item.count
    return total


"""
_ADDED_PYTHON = """\
def summary_{number}(items, seen=[]):
    for item in items:
        seen.append(item.name)
    if len(items) > {number}:
        return seen[-1]
    return None


"""
_MEAN = f"""\
def mean(items):
    total = sum(item.price for item in items)
{QUOTE}
"""
_TYPESCRIPT = """\
export function rate{number}(items: Item[], factor: number): number {{
  let total = {number};
  for (const item of items) {{
    if (item.price > factor) {{
      total += item.price * item.count;
    }}
  }}
  return total;
}}
"""
_GO = """\
func rate{number}(items []Item, factor float64) float64 {{
	total := {number}.0
	for _, item := range items {{
		if item.Price > factor {{
			total += item.Price * item.Count
		}}
	}}
	return total
}}

"""


@dataclass(frozen=True, slots=True)
class Files:
    """The two sides of a change: path -> text."""

    base: dict[str, str]
    head: dict[str, str]

    def python_paths(self) -> list[str]:
        """Files that hold `QUOTE`."""
        return [path for path, text in self.head.items() if QUOTE in text]


def files(count: int, changed: int = 50) -> Files:
    """Of six files four are Python, one is TypeScript and one is Go; 50 changed lines in each, or more.

    Args:
        changed: lines changed in each, from 50 on; those beyond are added comments and assignments.
    """
    makers = (_python, _python, _python, _python, _typescript, _go)
    base: dict[str, str] = {}
    head: dict[str, str] = {}
    for number in range(count):
        suffix, old, new = makers[number % len(makers)]()
        path = f"shop/part_{number // 6}/module_{number:02}.{suffix}"
        base[path], head[path] = old, new + _more(suffix, changed - 50)
    return Files(base, head)


def _more(suffix: str, lines: int) -> str:
    """So many added lines of code that belongs to no function."""
    form = {"py": "LIMIT_{0} = {0}\n", "ts": "export const limit{0} = {0};\n", "go": "var limit{0} = {0}\n"}[
        suffix
    ]
    return "".join(form.format(number) for number in range(lines))


def _python() -> tuple[str, str, str]:
    old = "".join(_PYTHON.format(number=number) for number in range(20))
    new = _with_changes(old, "    return total\n", "    return total or None\n", times=3)
    added = "".join(_ADDED_PYTHON.format(number=number) for number in range(5))
    return "py", old, f"{new}{added}# end\n{_MEAN}"


def _typescript() -> tuple[str, str, str]:
    old = "".join(_TYPESCRIPT.format(number=number) for number in range(16))
    new = _with_changes(old, "item.price > factor", "item.price == factor", times=7)
    added = "".join(_TYPESCRIPT.format(number=number) for number in range(20, 24))
    return "ts", old, new + added


def _go() -> tuple[str, str, str]:
    old = "package shop\n\n" + "".join(_GO.format(number=number) for number in range(16))
    new = _with_changes(old, "item.Price > factor", "item.Price >= factor", times=5)
    added = "".join(_GO.format(number=number) for number in range(20, 24))
    return "go", old, new + added


def _with_changes(text: str, old: str, new: str, times: int) -> str:
    """Every second occurrence, from the first on, until `times` were replaced."""
    parts = text.split(old)
    joined = parts[0]
    for number, part in enumerate(parts[1:]):
        changed = number % 2 == 0 and number // 2 < times
        joined += (new if changed else old) + part
    return joined
