"""Cases to measure with: changes, and apart from them what is known to be wrong with them.

A file holds one case a line as JSON (`.jsonl`, or `.jsonl.gz`); a folder of own cases holds one folder a
case, with a `case.json` of the same keys. Where that names no `files`, the folders `base` and `head` beside
it are both ends of the change. Keys: `kind` (bug, clean), `title`, `body`, `language`, `files[]` (`path`,
`old_path`, `base` and `head`: `{mode, text, encoding}`, `{mode, b64}` or null), `ground_truth[]`
(`locations[]` of `file` and `lines` as `[[first, last]]` on the new side, `description`, `category`,
`difficulty`, `knowledge`) and `other_findings[]` (the same, or `PATH: words`); what else there is, is passed
over.
What is *not* here: how the JSON is read (workers.evals.case_files).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Blob:
    """One version of a file.

    Attributes:
        mode: git's: `100644`, `100755` or `120000`.
    """

    mode: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A changed file; one end is None where the change adds or removes it.

    Attributes:
        path: name at the head.
        old_path: name at the base; the same where nothing was renamed.
    """

    path: str
    old_path: str
    base: Blob | None
    head: Blob | None


@dataclass(frozen=True, slots=True)
class Material:
    """What a reviewer may see; untrusted."""

    title: str
    body: str
    language: str
    files: tuple[CaseFile, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a defect is.

    Attributes:
        path: name at the head; empty where it is not known.
        ranges: first and last lines on the new side, 1-based; empty for the whole file.
    """

    path: str
    ranges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """A known defect.

    Attributes:
        difficulty: `easy`, `medium` or `hard`; empty where nobody said.
        knowledge: `local` (the changed files suffice), `library`, or `project` (other files are needed).
        language: of the case it comes from.
    """

    places: tuple[Place, ...]
    description: str
    category: str = ""
    difficulty: str = ""
    knowledge: str = ""
    language: str = ""

    @property
    def is_placed(self) -> bool:
        """Whether it is known in which file it is."""
        return all(place.path for place in self.places)


@dataclass(frozen=True, slots=True)
class Key:
    """What no reviewer may see.

    Attributes:
        others: plausible findings that are neither counted for nor against.
    """

    is_clean: bool
    truths: tuple[Truth, ...] = ()
    others: tuple[Truth, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One change to review. `id` is for records alone."""

    id: str
    material: Material
    key: Key


def side_by_side(cases: tuple[Case, ...]) -> Case:
    """All changes as one: each under a folder of its own, `c1/`, `c2/` and so on."""
    files, truths, others, bodies = [], [], [], []
    for number, case in enumerate(cases, start=1):
        folder = folder_of(number)
        files += [_moved_file(file, folder) for file in case.material.files]
        truths += [_moved_truth(truth, folder) for truth in case.key.truths]
        others += [_moved_truth(truth, folder) for truth in case.key.others]
        bodies.append(f"{folder}: {case.material.title}\n\n{case.material.body}".strip())
    languages = {case.material.language for case in cases}
    material = Material(
        title="Several changes",
        body="\n\n".join(bodies),
        language=languages.pop() if len(languages) == 1 else "several",
        files=tuple(files),
    )
    names = hashlib.sha256("\n".join(case.id for case in cases).encode()).hexdigest()
    return Case(f"together-{names[:8]}", material, Key(not truths, tuple(truths), tuple(others)))


def folder_of(number: int) -> str:
    """The folder of a case that lies beside others; numbers start with 1."""
    return f"c{number}/"


def _moved_file(file: CaseFile, folder: str) -> CaseFile:
    return replace(file, path=folder + file.path, old_path=folder + file.old_path)


def _moved_truth(truth: Truth, folder: str) -> Truth:
    places = tuple(
        replace(place, path=folder + place.path) if place.path else place for place in truth.places
    )
    return replace(truth, places=places)
