"""A pull request that grows push by push, whose defects are known, and a model that knows them.

Two kinds of defect: a line that calls `broken_bN`, until it is gone or some line guards it (`guard_bN`), and
a line `keep_lN` of the base branch that the change removes, until it is back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.ledger import TOLD, Earlier, Ledger
from bot.domain.policy import Policy
from bot.domain.review import Review, Usage
from tests.support.changes import TextReader
from tests.support.pushes import change_with_renames, earlier_of, ledger_after
from workers.ports import Answer, AnswerT, CodeLookup, Prompt, Unanswered
from workers.review.change import Change, Engine
from workers.review.pipeline import review_change

NAMES = ("orders", "prices", "stock")
POLICY = Policy(suggestions=False)
TOP = 12
"""Lines at the top of a file that no push touches, so that what is put above them is far from every hunk."""
_SAID = re.compile(r"(?:broken_(b\d+)|keep_(l\d+))\(")
_FILE = re.compile(r"^File: (\S+)$")
_CLAIMS = (
    "{name} gives a wrong result when the total is zero.",
    "With a total of zero the result of {name} is wrong.",
    "Zero as a total makes {name} give a wrong result.",
)
_GONE = (
    "The check {name} of the total is gone.",
    "The total is no longer checked: {name} is gone.",
    "Nothing does the check {name} of the total any more, it is gone.",
)


@dataclass(slots=True)
class Tree:
    """Files by what they are called at the head: lines at the base (None for new ones) and at the head."""

    base: dict[str, list[str] | None] = field(default_factory=dict)
    head: dict[str, list[str]] = field(default_factory=dict)
    old_names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def planted(cls) -> Tree:
        tree = cls()
        for name in NAMES:
            lines = [f"{name}_{n} = {n}" for n in range(60)]
            for n in (20, 40):
                lines[n] = f"keep_l{n + NAMES.index(name)}(total)"
            tree.base[f"shop/{name}.py"], tree.head[f"shop/{name}.py"] = lines, list(lines)
        return tree

    def change(self, head_sha: str) -> Change:
        """The pull request as it is now."""
        files = {
            path: ("\n".join(base) + "\n" if base else None, self._text(path))
            for path, base in self.base.items()
            if base != self.head.get(path) or path in self.old_names
        }
        renames = {path: old for path, old in self.old_names.items() if path in self.head}
        return change_with_renames(files, renames, head_sha)

    def texts(self) -> Mapping[str, str | None]:
        """What a reader of the head finds."""
        return {path: self._text(path) for path in self.base}

    def _text(self, path: str) -> str | None:
        return "\n".join(self.head[path]) + "\n" if path in self.head else None

    def lines(self) -> Mapping[str, str]:
        """Each call of a `broken_bN` at the head, by the defect that it is where no line guards it."""
        lines = [line for path in self.head for line in self.head[path] if not line.startswith("guard_")]
        return {said[1]: line for line in lines if (said := _SAID.search(line)) and said[1]}

    def standing(self) -> frozenset[str]:
        """Names of the defects that are in the change now."""
        text = "\n".join(line for path in self.head for line in self.head[path])
        kept = {match[2] for match in _SAID.finditer(text) if match[2]}
        missing = {
            match[2]
            for path, base in self.base.items()
            if base and path in self.head
            for match in _SAID.finditer("\n".join(base))
            if match[2]
        } - kept
        return frozenset(missing | {name for name in self.lines() if f"guard_{name} =" not in text})


def is_wary_of(name: str) -> bool:
    """Whether a defect is reported although a line guards it: it is refuted then."""
    return name.startswith("b") and int(name[1:]) % 2 == 0


@dataclass(slots=True)
class Oracle:
    """A model that reports the defects that it is shown, and knows the truth about those that it is asked of.

    It passes over a defect that some line guards, or is half sure of it: see `is_wary_of`.

    Attributes:
        turn: grows with each question, and decides how a claim is worded and how sure the model is.
        silent: defects that it does not report unless it is reminded.
        shows: names of the questions so far.
    """

    tree: Tree
    name: str = "oracle"
    turn: int = 0
    silent: frozenset[str] = frozenset()
    shows: list[str] = field(default_factory=list)

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`."""
        self.shows.append(prompt.name)
        self.turn += 1
        if prompt.name.startswith("find"):
            material, _, retold = prompt.user.partition("\nReported earlier")
            answer: object = {"findings": self._found(material, retold)}
        else:
            answer = self._verdict(prompt.user)
        usage = Usage(1, (len(prompt.system) + len(prompt.text)) // 4, 0, len(str(answer)) // 4)
        return Answer(TypeAdapter(shape).validate_python(answer), usage)

    def _found(self, text: str, retold: str) -> list[dict[str, object]]:
        path, found = "", []
        reminded = {said[1] or said[2] for said in _SAID.finditer(retold)}
        standing = self.tree.standing() - (self.silent - reminded)
        for line in text.split("\n"):
            if named := _FILE.match(line):
                path = named[1]
            said = _SAID.search(line)
            name = (said[1] or said[2]) if said else ""
            if (name in standing or is_wary_of(name)) and line.startswith("+" if said and said[1] else "-"):
                found.append(self._report(path, name, line[1:].strip()))
        return found

    def _report(self, path: str, name: str, quote: str) -> dict[str, object]:
        words = _CLAIMS if name.startswith("b") else _GONE
        full = f"broken_{name}" if name.startswith("b") else f"keep_{name}"
        return {
            "path": path,
            "quote": quote,
            "claim": words[(self.turn + len(name)) % len(words)].format(name=full),
            "trigger": "A total of zero.",
            "consequence": "A wrong total.",
            "category": "missing-check" if name.startswith("l") else "wrong-condition",
            "severity": ("high", "medium", "low")[int(name[1:]) % 3],
            "confidence": (0.9, 0.6)[self.turn % 2] if name in self.tree.standing() else 0.6,
            "needs": [],
        }

    def _verdict(self, text: str) -> dict[str, object]:
        said = re.search(r"Claim: .*?(?:broken_(b\d+)|keep_(l\d+))", text)
        stands = said is not None and (said[1] or said[2]) in self.tree.standing()
        return {"reason": "I know.", "verdict": "confirmed" if stands else "refuted", "introduced": True}


@dataclass(slots=True)
class Story:
    """Pushes to one pull request, each followed by a review, and all that is carried from one to the next."""

    tree: Tree = field(default_factory=Tree.planted)
    ledger: Ledger | None = None
    rounds: int = 0

    async def push(self, silent: frozenset[str] = frozenset(), *, full: bool = False) -> Review:
        """Review the tree as it is now."""
        self.rounds += 1
        head_sha = f"{self.rounds:040x}"
        oracle = Oracle(deepcopy(self.tree), turn=self.rounds, silent=silent)
        engine = Engine(TextReader(self.tree.texts()), finder=oracle, cross_checker=oracle)
        earlier = earlier_of(self.ledger) if self.ledger else Earlier()
        if full:
            earlier = replace(earlier, hunks=frozenset())
        review = await review_change(self.tree.change(head_sha), POLICY, engine, earlier)
        self.ledger = ledger_after(_posted(review, self.rounds), self.ledger)
        return review


def _posted(review: Review, number: int) -> Review:
    """With what publishing adds: the comment of each new finding, and since when it is told."""
    findings = tuple(
        replace(marked, since=review.head_sha, comment_id=number * 1_000 + place)
        if marked.disposition.fate in TOLD - {Fate.OPEN}
        else marked
        for place, marked in enumerate(review.findings)
    )
    return replace(review, findings=findings)


def defect_of(marked: MarkedFinding) -> str:
    """The name of the defect that a finding is about."""
    said = re.search(r"(?:broken_(b\d+)|keep_(l\d+))", marked.finding.claim)
    assert said is not None
    return said[1] or said[2]


def defects(findings: Sequence[MarkedFinding], *fates: Fate) -> list[str]:
    """Names of the defects of findings with one of these fates, sorted."""
    return sorted(defect_of(marked) for marked in findings if marked.disposition.fate in fates)
