"""ty with the rules of `rules/python/ty-rules.toml`, for Python: calls of things that do not exist.

Each file is looked at alone, with the standard library and nothing else in view: no installed package, no
other file of the change. What comes from elsewhere has an unknown type, of which ty says nothing. A hit
counts only when the oldest and the newest Python that we know agree on it, and ty_filters lets it through.

Comments that switch a type checker off have no effect: what a pull request contains does not configure its
reviewer. ty renames rules between releases; the lock names the one that ours are written for.

What is *not* here: types that do not fit. Without the rest of the repository too many such hits are wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.finding import Finding
from workers.analysers.batches import Batch, Broken, analyse_in_batches, merged, python_suffix
from workers.analysers.process import Limits, ToolCall, run_tool
from workers.analysers.ruff_filters import Hit
from workers.analysers.rules import RULES, Rule, SourceText, git_line_numbers, rules_of_table
from workers.analysers.ty_filters import is_candidate, is_defect, subject
from workers.ports import Analysis, SourceFile

OLDEST, NEWEST = "3.9", "3.15"

_SYNTAX = "invalid-syntax"
_NO_RULE = frozenset({_SYNTAX, "revealed-type"})
"""What ty reports whatever the rules are."""
_COMPILED_LATER = re.compile(
    r"\boutside\b|prior to global|\bnonlocal\b|in async function|beginning of the file|starred", re.IGNORECASE
)
"""Of `invalid-syntax`, what the compiler complains of after parsing; ruff has rules for it."""
_MOST_HITS = 500  # of one file: each is weighed against the text around it
_CHAIN = re.compile(r"(?:\.\w+(?:\(\))?)+")
_LONGEST_CHAIN = 300  # of `.a.b.c…`: 300 in a row take ty a tenth of a second, 2,000 ten seconds
_OPTIONS = ("--config-file=../config/ty.toml", "--exit-zero", "--no-progress", "--output-format=gitlab")
_SUPPRESSION = re.compile(r"\bty:(\s*)ignore")
_NO_SUPPRESSION = r"ty:\1_gnore"  # of equal length: no position moves

# An environment without packages, and a root without modules: files of a batch do not see each other.
_EMPTY = {
    "env/pyvenv.cfg": "home = /\n",
    "env/lib/python3.13/site-packages/README": "No package is in view.\n",
    "root/README": "No module is in view.\n",
}
_CONFIG = """
[environment]
python = "../config/env"
python-platform = "all"
root = ["../config/root"]
[analysis]
respect-type-ignore-comments = false
[rules]
all = "ignore"
"""


def ty_rules() -> Mapping[str, Rule]:
    """Our rules by ty's name."""
    return rules_of_table(RULES / "python" / "ty-rules.toml")


@dataclass(frozen=True, slots=True)
class Ty:
    """ty as an `Analyser`.

    Attributes:
        program: ty's executable, as an absolute path.
        rules: what to look for, by ty's name of it.
        limits: for all runs of one review together.
    """

    program: Path
    rules: Mapping[str, Rule]
    limits: Limits = field(default_factory=Limits)

    @property
    def name(self) -> str:
        """As in `Finding.source`."""
        return "ty"

    async def analyse(self, files: Sequence[SourceFile]) -> Analysis:
        """Look at the Python files. One that Python cannot parse is reported in `failed`."""
        slow = {file.path for file in files if python_suffix(file.path) and _has_endless_chain(file.text)}
        others = [file for file in files if file.path not in slow]
        looked = await analyse_in_batches(others, python_suffix, self._look, self.limits)
        return merged((Analysis(failed=dict.fromkeys(slow, "its code is nested too deeply")), looked))

    async def _look(self, batch: Batch, limits: Limits) -> Analysis | Broken:
        """What the newest Python says; the oldest is asked only about files with a hit."""
        half = Limits(limits.seconds / 2, limits.memory, limits.output)
        newest = await self._run(batch, NEWEST, half)
        if isinstance(newest, Broken):
            return newest
        failed = {batch[name].path: why for name, hits in newest.items() if (why := _obstacle(hits))}
        doubtful = {name: batch[name] for name, hits in newest.items() if hits and not _obstacle(hits)}
        oldest = await self._run(doubtful, OLDEST, half) if doubtful else {}
        if isinstance(oldest, Broken):
            return oldest
        findings = [
            finding
            for name, file in doubtful.items()
            for finding in self._findings(newest[name], set(oldest[name]), file)
        ]
        covered = frozenset(file.path for file in batch.values()) - failed.keys()
        return Analysis(tuple(findings), covered, failed)

    async def _run(self, batch: Batch, version: str, limits: Limits) -> dict[str, list[Hit]] | Broken:
        """Hits of one version by made-up name, every file of the batch included."""
        argv = (str(self.program), "check", *_OPTIONS, f"--python-version={version}", "--", *batch)
        texts = {name: _SUPPRESSION.sub(_NO_SUPPRESSION, file.text) for name, file in batch.items()}
        run = await run_tool(ToolCall(argv, texts, {"ty.toml": self._config(), **_EMPTY}), limits)
        if run.failure is not None:
            return Broken(run.failure)
        try:
            return _by_file(batch, json.loads(run.stdout), _NO_RULE | self.rules.keys())
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return Broken("the analyser's report could not be read")

    def _config(self) -> str:
        return _CONFIG + "".join(f'{rule} = "error"\n' for rule in self.rules)

    def _findings(self, hits: Sequence[Hit], others: set[Hit], file: SourceFile) -> Iterator[Finding]:
        source = SourceText.of(file.path, file.text)
        seen: set[tuple[str, int]] = set()
        for hit in hits:
            place = (hit.code, hit.start)
            if hit.code in self.rules and hit in others and place not in seen and is_defect(hit, source):
                seen.add(place)
                yield source.finding(
                    self.rules[hit.code], f"{self.name}:{hit.code}", hit.start, hit.end, subject(hit)
                )


def _has_endless_chain(text: str) -> bool:
    return any(chain.group().count(".") > _LONGEST_CHAIN for chain in _CHAIN.finditer(text))


def _obstacle(hits: Sequence[Hit]) -> str:
    """Why a file cannot be looked at, or empty."""
    for hit in hits:
        if hit.code == _SYNTAX and not _COMPILED_LATER.search(hit.message):
            return f"it is not valid Python 3 (line {hit.start})"
    return "the analyser's report was too long" if len(hits) > _MOST_HITS else ""


def _by_file(batch: Batch, diagnostics: object, known: frozenset[str]) -> dict[str, list[Hit]] | Broken:
    """Hits that may be defects, by file.

    A diagnostic of a name that we did not ask for tells of a crash, or of a file that was not read.
    """
    if not isinstance(diagnostics, list):
        raise TypeError("a report that is no list")
    hits: dict[str, list[Hit]] = {name: [] for name in batch}
    lines = {name: git_line_numbers(file.text) for name, file in batch.items()}
    for diagnostic in diagnostics:
        if diagnostic["check_name"] not in known:
            return Broken("the analyser could not read the file")
        place = _mapping(diagnostic["location"])
        name = Path(str(place["path"])).name
        hit = _hit(diagnostic, _mapping(place["positions"]), lines[name])
        if is_candidate(hit):
            hits[name].append(hit)
    return hits


def _hit(diagnostic: Mapping[str, object], positions: Mapping[str, object], git_lines: Sequence[int]) -> Hit:
    begin, end = _mapping(positions["begin"]), _mapping(positions["end"])
    code = str(diagnostic["check_name"])
    first, last = (git_lines[min(int(str(at["line"])), len(git_lines)) - 1] for at in (begin, end))
    message = str(diagnostic["description"]).removeprefix(f"{code}: ")
    columns = int(str(begin["column"])), int(str(end["column"]))
    return Hit(code, message, "", first, last, *columns)


def _mapping(raw: object) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise TypeError("a diagnostic without its parts")
    return raw
