"""What analysers share: which files a tool is given, under which names, and what becomes of a failed run.

What is *not* here: running a tool (process) and reading its output (one module per tool).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.finding import Finding
from workers.analysers.languages import PYTHON, language_of
from workers.analysers.process import Limits
from workers.ports import Analysis, SourceFile

LARGEST_FILE = 1_000_000
"""Bytes of UTF-8; a larger file is reported as failed. Some tools skip large files without a word."""

Batch = Mapping[str, SourceFile]
"""Files by the made-up name under which a tool sees them."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A run that gave nothing usable, and why."""

    reason: str


Look = Callable[[Batch, Limits], Awaitable["Analysis | Broken"]]
"""One run of a tool over a batch, within limits."""


async def analyse_in_batches(
    files: Sequence[SourceFile], suffix_of: Callable[[str], str | None], look: Look, limits: Limits
) -> Analysis:
    """Look at all files in one run; when it breaks, halve the batch until the culprit stands alone.

    The time limit holds for all runs together: what was not looked at when it is used up is failed.
    `suffix_of` gives the suffix by which the tool knows a path's language, or None for those without rules.
    """
    failed: dict[str, str] = {}
    empty: set[str] = set()
    batch: dict[str, SourceFile] = {}
    for number, file in enumerate(files):
        suffix = suffix_of(file.path)
        if suffix is None:
            continue
        refusal = _refusal(file.text)
        if refusal is not None:
            failed[file.path] = refusal
        elif file.text.strip():
            batch[f"f{number}{suffix}"] = file
        else:
            empty.add(file.path)
    looked = await _in_halves(batch, look, limits, time.monotonic() + limits.seconds) if batch else Analysis()
    return merged((Analysis((), frozenset(empty), failed), looked))


def _refusal(text: str) -> str | None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "the file is not UTF-8 text"
    if size > LARGEST_FILE:
        return f"the file is larger than {LARGEST_FILE // 1_000_000} MB"
    return "the file has null bytes" if "\0" in text else None


async def _in_halves(batch: Batch, look: Look, limits: Limits, deadline: float) -> Analysis:
    left = deadline - time.monotonic()
    if left <= 0:
        return all_failed(batch, "the analysers' time was used up by other files")
    # A batch may use half of what is left, so that there is time to find out which file it was.
    share = left if len(batch) == 1 else left / 2
    result = await look(batch, Limits(share, limits.memory, limits.output))
    if isinstance(result, Analysis):
        return result
    if len(batch) == 1:
        return all_failed(batch, result.reason)
    names = list(batch)
    halves = (names[: len(names) // 2], names[len(names) // 2 :])
    return merged(
        [await _in_halves({name: batch[name] for name in half}, look, limits, deadline) for half in halves]
    )


def python_suffix(path: str) -> str | None:
    """`.pyi` for Python stubs, `.py` for other Python, None for everything else."""
    if language_of(path) != PYTHON:
        return None
    return ".pyi" if path.lower().endswith(".pyi") else ".py"


def all_failed(batch: Batch, reason: str) -> Analysis:
    """None of these files could be looked at."""
    return Analysis(failed={file.path: reason for file in batch.values()})


def merged(parts: Sequence[Analysis]) -> Analysis:
    """Several analyses as one; what failed anywhere is not covered."""
    findings: list[Finding] = []
    covered: set[str] = set()
    failed: dict[str, str] = {}
    for part in parts:
        findings.extend(part.findings)
        covered.update(part.covered)
        failed.update(part.failed)
    return Analysis(tuple(findings), frozenset(covered - failed.keys()), failed)
