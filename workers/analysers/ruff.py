"""ruff with the bug rules of `rules/python/ruff-rules.toml`, for Python.

A `# noqa` comment has no effect: what a pull request contains does not configure its reviewer.

What is *not* here: style. No rule is used that does not describe a defect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.finding import Finding
from workers.analysers.batches import Batch, Broken, analyse_in_batches, python_suffix
from workers.analysers.process import Limits, ToolCall, run_tool
from workers.analysers.ruff_call import passed_over_a_file, ruff_arguments
from workers.analysers.ruff_filters import Hit, is_defect
from workers.analysers.rules import RULES, Rule, SourceText, git_line_numbers, rules_of_table
from workers.ports import Analysis, SourceFile

_SYNTAX = "invalid-syntax"
_NAMED = re.compile(r"`([^`\n]+)`")


def ruff_rules() -> Mapping[str, Rule]:
    """Our rules by ruff's code, in the order of the rule file."""
    return rules_of_table(RULES / "python" / "ruff-rules.toml")


@dataclass(frozen=True, slots=True)
class Ruff:
    """ruff as an `Analyser`.

    Attributes:
        program: ruff's executable, as an absolute path.
        rules: what to look for, by ruff's code.
        limits: for all runs of one review together.
    """

    program: Path
    rules: Mapping[str, Rule]
    limits: Limits = field(default_factory=Limits)

    @property
    def name(self) -> str:
        """As in `Finding.source`."""
        return "ruff"

    async def analyse(self, files: Sequence[SourceFile]) -> Analysis:
        """Look at the Python files. One that Python cannot parse is reported in `failed`."""
        return await analyse_in_batches(files, python_suffix, self._look, self.limits)

    async def _look(self, batch: Batch, limits: Limits) -> Analysis | Broken:
        argv = ruff_arguments(self.program, ",".join(self.rules), batch)
        run = await run_tool(ToolCall(argv, {name: file.text for name, file in batch.items()}), limits)
        if run.failure is not None:
            return Broken(run.failure)
        if passed_over_a_file(run):
            return Broken("the analyser could not read the file")
        try:
            return self._analysis(batch, json.loads(run.stdout))
        except (KeyError, TypeError, ValueError):
            return Broken("the analyser's report could not be read")

    def _analysis(self, batch: Batch, diagnostics: Sequence[Mapping[str, object]]) -> Analysis:
        by_file: dict[str, list[Mapping[str, object]]] = {name: [] for name in batch}
        for diagnostic in diagnostics:
            by_file[Path(str(diagnostic["filename"])).name].append(diagnostic)
        findings: list[Finding] = []
        failed: dict[str, str] = {}
        for name, file in batch.items():
            hits = list(_hits(by_file[name], git_line_numbers(file.text)))
            broken = next((hit for hit in hits if hit.code == _SYNTAX), None)
            if broken is None:
                findings += self._findings(hits, SourceText.of(file.path, file.text))
            else:
                failed[file.path] = f"it is not valid Python 3 (line {broken.start})"
        return Analysis(
            tuple(findings), frozenset(file.path for file in batch.values()) - failed.keys(), failed
        )

    def _findings(self, hits: Sequence[Hit], source: SourceText) -> Iterator[Finding]:
        seen: set[tuple[Rule, int]] = set()
        for hit in hits:
            rule = self.rules[hit.code]
            # Codes that share a rule describe the same defect: one of them a line is enough.
            if (rule, hit.start) not in seen and is_defect(hit, source):
                seen.add((rule, hit.start))
                yield source.finding(rule, f"{self.name}:{hit.code}", hit.start, hit.end, hit.name)


def _hits(diagnostics: Sequence[Mapping[str, object]], git_lines: Sequence[int]) -> Iterator[Hit]:
    for diagnostic in diagnostics:
        start, end = _position(diagnostic["location"]), _position(diagnostic["end_location"])
        message = str(diagnostic["message"])
        named = _NAMED.search(message)
        first, last = (git_lines[min(row, len(git_lines)) - 1] for row in (start[0], end[0]))
        if end[0] > start[0] and end[1] == 1:
            last = max(first, last - 1)  # the range ends at a line's end, told as the next line's beginning
        yield Hit(
            str(diagnostic["code"]),
            message,
            named.group(1) if named else "",
            first,
            last,
            start[1],
            end[1],
        )


def _position(raw: object) -> tuple[int, int]:
    """Row and column, 1-based."""
    if not isinstance(raw, dict):
        raise TypeError("a diagnostic without a position")
    return int(raw["row"]), int(raw["column"])
