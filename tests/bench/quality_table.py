"""The tables of quality/README.md, made from the records of `ai-review eval` that lie beside it.

`python -m tests.bench.quality_table` writes it; a test holds the page against the records.
What is *not* here: measuring (workers.evals), and what was read once more (readings.py).
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.bench import readings

FOLDER = Path(__file__).resolve().parent / "quality"
README = FOLDER / "README.md"
BEGIN = "<!-- records: written by `python -m tests.bench.quality_table`, not by hand -->"
END = "<!-- end of records -->"

Record = dict[str, Any]

_HEAD = (
    "| variant | recall | precision | F1 | wrong a run | on a clean change | right lines | calls | tokens |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
)


def records() -> list[Record]:
    """Every record of the folder, by set, model and F1."""
    found = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))]
    return sorted(found, key=lambda one: (one["set"], one["model"], one["f1"], one["variant"]))


def with_table(text: str, found: list[Record]) -> str:
    """The text with its tables as the records have them."""
    text = _between(text, BEGIN, END, markdown(found))
    tables = readings.readings_tables(found, readings.answers())
    return _between(text, readings.BEGIN, readings.END, tables)


def _between(text: str, begin: str, end: str, words: str) -> str:
    """The text with what stands between its two markers replaced."""
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"README.md needs the lines {begin} and {end}")
    return f"{before}{begin}\n{words}{end}{after}"


def markdown(found: list[Record]) -> str:
    """One table for each set and model."""
    lines: list[str] = []
    for (name, model), group in groupby(found, key=lambda one: (one["set"], one["model"])):
        rows = list(group)
        judge = rows[0]["judge"] or "place alone"
        lines += [
            f"**{name}**, {rows[0]['cases']} changes, {len(rows[0]['runs'])} runs; {model}; judged by {judge}"
        ]
        lines += ["", *_HEAD, *map(_row, rows), ""]
    return "\n".join(lines) + "\n"


def _row(one: Record) -> str:
    runs = len(one["runs"])
    cut = f", cut at {one['cut']:g}" if one["cut"] else ""
    cells = (
        f"{one['variant']}{cut}",
        _spread(one, "recall"),
        _spread(one, "precision"),
        _spread(one, "f1"),
        f"{one['counts']['wrong'] / runs:.1f}",
        "" if one["findings_per_clean"] is None else f"{one['findings_per_clean']:.2f}",
        "" if one["line_accuracy"] is None else f"{one['line_accuracy']:.2f}",
        f"{one['calls'] / runs:.0f}",
        f"{one['prompt_tokens'] / runs:,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _spread(one: Record, name: str) -> str:
    """`.95 (.90 to 1.0)`: the mean, and the lowest and the highest run where there are several."""
    known = one["spreads"].get(name)
    mean = f"{one[name]:.3f}"
    if not known or len(one["runs"]) == 1:
        return mean
    return f"{mean} ({known['least']:.2f} to {known['most']:.2f})"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8"), records()), encoding="utf-8")
