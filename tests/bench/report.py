"""Shows results: a table for people on standard output, and the same table in README.md.

The table is made from the stored results alone, so that a test can hold the two against each other.
What is *not* here: measuring.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results" / "latest.json"
README = FOLDER / "README.md"
BEGIN = "<!-- figures: written by `make bench`, not by hand -->"
END = "<!-- end of figures -->"

Results = dict[str, Any]
"""`{"machine": {}, "load": [before, after], "seconds": whole run, "figures": [Figure.as_json(), ...]}`."""


def store(results: Results) -> None:
    """Write the results, and the table of README.md with them."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    README.write_text(with_table(README.read_text(encoding="utf-8"), results), encoding="utf-8")


def with_table(text: str, results: Results) -> str:
    """The text with what stands between its two markers replaced."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"README.md needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{markdown(results)}{END}{after}"


def markdown(results: Results) -> str:
    """Where it was measured, and one table with a row a figure."""
    machine, (before, after) = results["machine"], results["load"]
    where = f"{machine['cores']} cores of {machine['cpu']}, {machine['python']}, {machine['kernel']}"
    lines = [
        f"Measured on {where}, in {results['seconds']} s.",
        f"Load average {before} when it began, and {after}, its own processes included, when it ended.",
        "",
        "| figure | median | lowest to highest | unit | target | verdict |",
        "|---|--:|--:|---|---|---|",
    ]
    for group, rows in groupby(results["figures"], key=lambda row: row["group"]):
        lines.append(f"| **{group}** | | | | | |")
        lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def show(results: Results, console: Console) -> None:
    """The table on a terminal."""
    table = Table("figure", "median", "lowest to highest", "unit", "target", "verdict")
    for group, rows in groupby(results["figures"], key=lambda row: row["group"]):
        table.add_section()
        table.add_row(f"[bold]{group}")
        for row in rows:
            table.add_row(*_cells(row))
    console.print(table)


def _cells(row: Results) -> list[str]:
    spread = f"{row['min']:,} to {row['max']:,}" if len(row["runs"]) > 1 else ""
    return [row["name"], f"{row['median']:,}", spread, row["unit"], row["target"], row["verdict"]]
