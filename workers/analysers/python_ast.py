"""Our own checks of Python's syntax tree, for what ruff has no stable rule for, such as unawaited coroutines.

What is *not* here: the checks (python_checks). They run in a process of their own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.finding import Finding
from workers.analysers.batches import Batch, Broken, analyse_in_batches, python_suffix
from workers.analysers.process import Limits, ToolCall, run_tool
from workers.analysers.rules import RULES, Rule, SourceText, git_line_numbers, rules_of_table
from workers.ports import Analysis, SourceFile

_PROGRAM = Path(__file__).with_name("python_checks.py")


def python_rules() -> Mapping[str, Rule]:
    """Our rules by the name of their check."""
    return rules_of_table(RULES / "python" / "python-rules.toml")


@dataclass(frozen=True, slots=True)
class PythonChecks:
    """python_checks as an `Analyser`.

    Attributes:
        rules: what each check means; hits of other checks are left out.
        interpreter: the Python that runs the checks and whose grammar they know.
        limits: for all runs of one review together.
    """

    rules: Mapping[str, Rule]
    interpreter: Path = Path(sys.executable)
    limits: Limits = field(default_factory=Limits)

    @property
    def name(self) -> str:
        """As in `Finding.source`."""
        return "python"

    async def analyse(self, files: Sequence[SourceFile]) -> Analysis:
        """Look at the Python files; one with syntax that this interpreter does not know is not covered."""
        return await analyse_in_batches(files, python_suffix, self._look, self.limits)

    async def _look(self, batch: Batch, limits: Limits) -> Analysis | Broken:
        argv = (str(self.interpreter), "-I", "-S", "-B", str(_PROGRAM), *batch)
        run = await run_tool(ToolCall(argv, {name: file.text for name, file in batch.items()}), limits)
        if run.failure is not None:
            return Broken(run.failure)
        try:
            return self._analysis(batch, json.loads(run.stdout))
        except (KeyError, TypeError, ValueError):
            return Broken("the analyser's report could not be read")

    def _analysis(self, batch: Batch, report: Mapping[str, Mapping[str, object]]) -> Analysis:
        findings: list[Finding] = []
        covered: set[str] = set()
        failed: dict[str, str] = {}
        for name, file in batch.items():
            error = report[name].get("error")
            if error is None:
                covered.add(file.path)
                findings += self._findings(report[name]["hits"], file)
            elif error != "syntax":
                failed[file.path] = "its code is nested too deeply"
        return Analysis(tuple(findings), frozenset(covered), failed)

    def _findings(self, hits: object, file: SourceFile) -> list[Finding]:
        if not isinstance(hits, list):
            raise TypeError("hits are not a list")
        source = SourceText.of(file.path, file.text)
        git_lines = git_line_numbers(file.text)
        return [
            source.finding(
                self.rules[rule], f"{self.name}:{rule}", git_lines[start - 1], git_lines[end - 1], name
            )
            for rule, start, end, name in hits
            if rule in self.rules
        ]
