"""How much of a Python text cannot work at all: syntax errors, misplaced statements, undefined names.

Nothing of a text is run. What is *not* here: defects (workers.analysers.ruff).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from bot.errors import SettingsError
from workers.analysers.batches import LARGEST_FILE
from workers.analysers.packaged import packaged_program
from workers.analysers.process import Limits, ToolCall, run_tool
from workers.analysers.ruff_call import passed_over_a_file, ruff_arguments

_LIMITS = Limits(seconds=10.0)
# `break`, `continue`, `yield`, `return`, `await` outside of what they belong to; names that nothing defines;
# `nonlocal` and `global` that cannot be; late `__future__`, `*` imported in functions, two stars in a target.
_RULES = "F404,F406,F622,F701,F702,F704,F706,F821,PLE0115,PLE0117,PLE0118,PLE1142,PLE1700"


async def python_errors(texts: Sequence[str], suffix: str = ".py") -> tuple[int, ...] | None:
    """How many such errors each text has; None where that could not be found out.

    Args:
        texts: whole files.
        suffix: `.py`, or `.pyi` for stubs.
    """
    program = _program()
    if program is None or any(_is_unfit(text) for text in texts):
        return None
    files = {f"f{number}{suffix}": text for number, text in enumerate(texts)}
    run = await run_tool(ToolCall(ruff_arguments(program, _RULES, files), files), _LIMITS)
    if run.failure is not None or passed_over_a_file(run):
        return None
    try:
        return _counts(json.loads(run.stdout), tuple(files))
    except (KeyError, TypeError, ValueError):
        return None


def _counts(report: Sequence[Mapping[str, object]], names: Sequence[str]) -> tuple[int, ...]:
    counts = Counter(Path(str(hit["filename"])).name for hit in report)
    return tuple(counts[name] for name in names)


def _is_unfit(text: str) -> bool:
    """Whether a text cannot be handed to the tool."""
    try:
        return "\0" in text or len(text.encode()) > LARGEST_FILE
    except UnicodeEncodeError:
        return True


@cache
def _program() -> Path | None:
    try:
        return packaged_program("ruff", "ruff")
    except SettingsError:
        return None
