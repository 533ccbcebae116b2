"""ast-grep with our own bug rules of `rules/LANGUAGE/RULE.yml`, for every language but Python.

Rule files have ast-grep's own format; what a match means is under `metadata`. The meta-variable `$NAME` of
a rule, where it has one, takes the place of `{name}` in its sentences. Comments that switch ast-grep off have
no effect: what a pull request contains does not configure its reviewer.

What is *not* here: a judgement on syntax. The parsers recover from errors and go on behind them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from bot.domain.finding import Finding
from workers.analysers import languages
from workers.analysers.batches import Batch, Broken, analyse_in_batches
from workers.analysers.process import Limits, ToolCall, run_tool
from workers.analysers.rules import RULES, Rule, SourceText
from workers.ports import Analysis, SourceFile

_SUFFIX_OF: Mapping[str, str] = MappingProxyType(
    {
        languages.C: ".c",
        languages.CPP: ".cpp",
        languages.GO: ".go",
        languages.JAVA: ".java",
        languages.JAVASCRIPT: ".tsx",  # the grammar of TSX takes JavaScript, with or without JSX
        languages.RUBY: ".rb",
        languages.RUST: ".rs",
        languages.TYPESCRIPT: ".ts",
    }
)
# A rule of ast-grep is for one grammar. Those on the left also hold for the one on the right.
_ALSO_FOR: Mapping[str, str] = MappingProxyType({"C": "Cpp", "TypeScript": "Tsx"})
_COPY = "--again"

_SUPPRESSION, _NO_SUPPRESSION = "ast-grep-ignore", "ast-grep_ignore"  # of equal length: no position moves
_COUNTS = re.compile(rb"scannedFileCount=(\d+),skippedFileCount=(\d+)")
_IGNORE_NOTHING = tuple(
    f"--no-ignore={what}" for what in ("hidden", "dot", "exclude", "global", "parent", "vcs")
)


def ast_grep_rules() -> str:
    """All rule files as one YAML stream, each repeated for every grammar that it holds for."""
    documents: list[str] = []
    for file in sorted(RULES.glob("*/*.yml")):
        document = file.read_text(encoding="utf-8")
        documents.append(document)
        for grammar, other in _ALSO_FOR.items():
            copy = re.sub(rf"^language: {grammar}$", f"language: {other}", document, flags=re.MULTILINE)
            if copy != document and file.parent.name != "c-only":
                documents.append(re.sub(r"^(id: .*)$", rf"\1{_COPY}", copy, flags=re.MULTILINE))
    return "---\n".join(documents)


def _suffix(path: str) -> str | None:
    if path.lower().endswith(".tsx"):
        return ".tsx"
    return _SUFFIX_OF.get(languages.language_of(path) or "")


@dataclass(frozen=True, slots=True)
class AstGrep:
    """ast-grep as an `Analyser`.

    Attributes:
        program: ast-grep's executable, as an absolute path.
        rules: a YAML stream of rules.
        limits: for all runs of one review together.
    """

    program: Path
    rules: str
    limits: Limits = field(default_factory=Limits)

    @property
    def name(self) -> str:
        """As in `Finding.source`."""
        return "ast-grep"

    async def analyse(self, files: Sequence[SourceFile]) -> Analysis:
        """Look at the files of all languages that there are rule files for."""
        return await analyse_in_batches(files, _suffix, self._look, self.limits)

    async def _look(self, batch: Batch, limits: Limits) -> Analysis | Broken:
        argv = (
            *(str(self.program), "scan", "--config=../config/sgconfig.yml", "--threads=2"),
            *("--json=stream", "--include-metadata", "--inspect=summary", *_IGNORE_NOTHING, "--", *batch),
        )
        texts = {name: file.text.replace(_SUPPRESSION, _NO_SUPPRESSION) for name, file in batch.items()}
        config = {"sgconfig.yml": "ruleDirs: [rules]\n", "rules/all.yml": self.rules}
        run = await run_tool(ToolCall(argv, texts, config), limits)
        if run.failure is not None:
            return Broken(run.failure)
        counts = _COUNTS.search(run.stderr)
        if counts is None or counts.groups() != (b"%d" % len(batch), b"0"):
            return Broken("the analyser passed over the file")
        try:
            matches = [json.loads(line) for line in run.stdout.splitlines()]
            findings = tuple(self._findings(batch, matches))
        except (KeyError, TypeError, ValueError):
            return Broken("the analyser's report could not be read")
        return Analysis(findings, frozenset(file.path for file in batch.values()))

    def _findings(self, batch: Batch, matches: Sequence[Mapping[str, object]]) -> Iterator[Finding]:
        sources = {name: SourceText.of(file.path, file.text) for name, file in batch.items()}
        seen: set[tuple[str, str, int]] = set()
        for match in sorted(matches, key=_place):
            file, start, end = _place(match)
            rule_id = str(match["ruleId"]).removesuffix(_COPY)
            if (file, rule_id, start) not in seen:
                seen.add((file, rule_id, start))
                rule = Rule.from_mapping(_mapping(match["metadata"]))
                yield sources[file].finding(rule, f"{self.name}:{rule_id}", start, end, _name(match))


def _place(match: Mapping[str, object]) -> tuple[str, int, int]:
    """File, first and last line of a match, 1-based. ast-grep ends a line where git does."""
    place = _mapping(match["range"])
    start, end = _mapping(place["start"]), _mapping(place["end"])
    first, last = int(str(start["line"])) + 1, int(str(end["line"])) + 1
    if last > first and end["column"] == 0:
        last -= 1
    return str(match["file"]), first, last


def _name(match: Mapping[str, object]) -> str:
    variables = _mapping(match.get("metaVariables") or {})
    named = _mapping(variables.get("single") or {}).get("NAME")
    return "" if named is None else str(_mapping(named)["text"])


def _mapping(raw: object) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise TypeError("not an object")
    return raw
