"""Two records side by side, finding by finding, as text.

What is *not* here: making records (workers.evals.record).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from workers.evals.places import NEAR
from workers.review.untrusted import one_line

Json = Mapping[str, Any]
_FIGURES = ("recall", "precision", "f1", "findings_per_clean", "line_accuracy", "prompt_tokens", "calls")
_WRONG = "wrong"


def compare(first: Json, second: Json) -> str:
    """What one finds and the other does not, then what is wrong in one only."""
    return "\n".join([*_figures(first, second), *_truths(first, second), *_wrong(first, second)]) + "\n"


def _figures(first: Json, second: Json) -> Iterator[str]:
    names = [one_line(f"{record['variant']} ({record.get('set')})") for record in (first, second)]
    yield f"A: {names[0]}"
    yield f"B: {names[1]}"
    yield ""
    for name in _FIGURES:
        yield f"{name:<20}{_figure(first.get(name)):>12}{_figure(second.get(name)):>12}"


def _figure(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}"


def _truths(first: Json, second: Json) -> Iterator[str]:
    """Known defects; over several runs, one that is found in some counts as found that often."""
    mine, other = _found(first), _found(second)
    shared = mine.keys() & other.keys()
    if left := (mine.keys() | other.keys()) - shared:
        yield f"\nknown defects that only one of them looked for: {len(left)}"
    groups: dict[str, list[str]] = defaultdict(list)
    for key in sorted(shared):
        (a, runs_a, words), (b, runs_b, _) = mine[key], other[key]
        group = "both" if a and b else "only A" if a else "only B" if b else "neither"
        groups[group].append(f"  {words}  A {a}/{runs_a}, B {b}/{runs_b}")
    for group in ("both", "only A", "only B", "neither"):
        yield f"\nknown defects found by {group}: {len(groups[group])}"
        yield from groups[group]


def _found(record: Json) -> dict[tuple[str, int], tuple[int, int, str]]:
    """Case and number of a defect -> runs that found it, runs that looked, and where it is."""
    found: dict[tuple[str, int], tuple[int, int, str]] = {}
    answered = {(one["case"], one["run"]) for one in record.get("reviews", ()) if one["answered"]}
    for truth in record["truths"]:
        if (truth["case"], truth["run"]) not in answered:
            continue
        key = (truth["case"], truth["truth"])
        hits, runs, _ = found.get(key, (0, 0, ""))
        words = one_line(f"{truth['case']} {truth['path']}:{_lines(truth['lines'])} {truth['category']}")
        found[key] = (hits + bool(truth["found"]), runs + 1, words)
    return found


def _lines(lines: Iterable[Iterable[int]]) -> str:
    return ",".join("-".join(str(number) for number in dict.fromkeys(part)) for part in lines)


def _wrong(first: Json, second: Json) -> Iterator[str]:
    """Wrong findings; two at the same place count as the same."""
    mine, other = _claims(first), _claims(second)
    only_mine = [one for one in mine if not any(_same_place(one, two) for two in other)]
    only_other = [two for two in other if not any(_same_place(one, two) for one in mine)]
    yield f"\nwrong findings of A: {len(mine)}, of B: {len(other)}"
    for name, claims in (("only A", only_mine), ("only B", only_other)):
        yield f"\nwrong findings of {name}: {len(claims)}"
        yield from (_claim(claim) for claim in claims)


def _claims(record: Json) -> list[Json]:
    return [finding for finding in record["findings"] if finding["mark"] == _WRONG]


def _same_place(one: Json, two: Json) -> bool:
    if (one["case"], one["path"]) != (two["case"], two["path"]):
        return False
    if one["lines"] is None or two["lines"] is None:
        return one["lines"] is two["lines"]
    return bool(max(one["lines"][0], two["lines"][0]) - min(one["lines"][1], two["lines"][1]) <= NEAR)


def _claim(claim: Json) -> str:
    place = f"{claim['path']}:{claim['lines'][0]}" if claim["lines"] else claim["path"]
    return f"  {one_line(claim['case'])} run {claim['run']} {one_line(place)} {one_line(claim['claim'])}"
