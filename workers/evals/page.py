"""The page of a run: one file, nothing loaded from elsewhere, no scripts; every foreign text is escaped.

It shows the code of the cases: keep it where they are kept.
What is *not* here: the figures (workers.evals.record).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.domain.diff import Side
from bot.domain.finding import MarkedFinding
from workers.evals.page_rows import case_rows
from workers.evals.scoring import Score
from workers.review.untrusted import one_line, visible

_HEADINGS = (
    ("recall", "Recall"),
    ("precision", "Precision"),
    ("f1", "F1"),
    ("findings_per_clean", "Findings a clean change"),
    ("line_accuracy", "Right lines"),
)


def write_page(record: Mapping[str, Any], score: Score, file: Path) -> None:
    """Write the page of one variant."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(render_page(record, score), encoding="utf-8", errors="replace")


def render_page(record: Mapping[str, Any], score: Score) -> str:
    """The page of one variant as HTML."""
    return _template().render(record=record, score=score, headings=_HEADINGS, cases=case_rows(score.matched))


@cache
def _template() -> Template:
    """Compiled once: a run writes its page after each case."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "line": one_line, "share": _share, "range": _range}
    environment.tests["on_the_left"] = _is_left
    return environment.get_template("page.html")


def _share(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _range(interval: Sequence[float] | None) -> str:
    return f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else ""


def _is_left(marked: MarkedFinding) -> bool:
    return marked.finding.lines is not None and marked.finding.lines.side is Side.LEFT
