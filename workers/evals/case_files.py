"""Reads cases from files and folders; whatever is wrong with one is said in one sentence with its line.

What is *not* here: what a case is (workers.evals.cases).
"""

from __future__ import annotations

import base64
import gzip
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import UsageError
from workers.evals.cases import Blob, Case, CaseFile, Key, Material, Place, Truth

CASE = "case.json"
FILE_LIMIT = 500_000_000
"""Bytes of one file of cases, unpacked."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_MODE = r"^(100644|100755|120000)$"
_Lines = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Side(_Strict):
    mode: str = Field("100644", pattern=_MODE)
    text: str | None = None
    encoding: str = "utf-8"
    b64: str | None = None


class _File(_Strict):
    path: str = Field(min_length=1)
    old_path: str | None = None
    base: _Side | None = None
    head: _Side | None = None


class _Location(_Strict):
    file: str
    lines: tuple[_Lines, ...] = ()


class _Defect(_Strict):
    locations: tuple[_Location, ...]
    description: str
    category: str = ""
    difficulty: str = ""
    knowledge: str = ""


class _Case(_Strict):
    id: str = ""
    kind: Literal["bug", "clean"]
    title: str
    body: str = ""
    language: str = ""
    files: tuple[_File, ...] | None = None
    ground_truth: tuple[_Defect, ...] = ()
    other_findings: tuple[_Defect | str, ...] = ()


def read_cases(sources: Sequence[Path]) -> tuple[Case, ...]:
    """Every case of these files and folders, in their order.

    Raises:
        UsageError: one cannot be read, is no case, or has the same name as another.
    """
    cases: dict[str, Case] = {}
    for source in sources:
        for where, case in _of_folder(source) if source.is_dir() else _of_file(source):
            if case.id in cases:
                raise UsageError(f"{where}: there is another case with the name {case.id}.")
            cases[case.id] = case
    if not cases:
        raise UsageError("there is no case in what was named: give .jsonl files, or folders of cases.")
    return tuple(cases.values())


def _of_file(source: Path) -> Iterator[tuple[str, Case]]:
    for number, line in enumerate(_lines(source), start=1):
        if line.strip():
            where = f"{source} line {number}"
            yield where, _case(where, line, f"line-{number}")


def _lines(source: Path) -> Iterable[bytes]:
    try:
        packed = source.suffix == ".gz"
        with gzip.open(source) if packed else source.open("rb") as file:
            content = file.read(FILE_LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "it is damaged"
        raise UsageError(f"{source} cannot be read ({reason}): name a file or folder of cases.") from None
    if len(content) > FILE_LIMIT:
        raise UsageError(f"{source} is larger than {FILE_LIMIT:,} bytes: split it.")
    return content.split(b"\n")


def _of_folder(source: Path) -> Iterator[tuple[str, Case]]:
    """One folder a case; folders without a case file are passed over."""
    for file in sorted(source.glob(f"*/{CASE}")):
        yield str(file), _case(str(file), file.read_bytes(), file.parent.name, file.parent)


def _case(where: str, raw: bytes, name: str, folder: Path | None = None) -> Case:
    try:
        given = _Case.model_validate_json(raw)
        files = _files(given.files) if given.files is not None else _trees(folder)
    except ValidationError as error:
        problem = error.errors()[0]
        at = ".".join(str(part) for part in problem["loc"])
        raise UsageError(f"{where}: {at + ': ' if at else ''}{_words(problem['msg'])}.") from None
    except (ValueError, LookupError) as error:
        raise UsageError(f"{where}: files: {_words(str(error))}.") from None
    return _checked(where, given, given.id or name, files)


def _checked(where: str, given: _Case, name: str, files: tuple[CaseFile, ...]) -> Case:
    if not _ID.fullmatch(name):
        raise UsageError(f"{where}: id: write letters, digits, '.', '_' and '-' only.")
    if not files:
        raise UsageError(f"{where}: files: there is none; give some, or the folders base and head.")
    if (given.kind == "clean") == bool(given.ground_truth):
        raise UsageError(f"{where}: ground_truth: a bug has one, and a clean change has none.")
    if problem := _misplaced(given, {file.path for file in files}):
        raise UsageError(f"{where}: {problem}.")
    material = Material(given.title, given.body, given.language, files)
    truths = tuple(_truth(defect, given.language) for defect in given.ground_truth)
    others = tuple(_other(other, material) for other in given.other_findings)
    return Case(name, material, Key(given.kind == "clean", truths, others))


def _misplaced(given: _Case, paths: Collection[str]) -> str | None:
    """Which defect no finding can ever stand at, in words: it would count as missed whoever looks."""
    for name, some in (("ground_truth", given.ground_truth), ("other_findings", given.other_findings)):
        for number, defect in enumerate(some):
            if isinstance(defect, str):
                continue
            at = f"{name}.{number}.locations"
            if not defect.locations:
                return f"{at}: there is none; say where it is"
            for place, location in enumerate(defect.locations):
                if location.file not in paths:
                    return f"{at}.{place}.file: the change has no such file; give its name at the head"
    return None


def _files(given: Sequence[_File]) -> tuple[CaseFile, ...]:
    """The changed files.

    Raises:
        ValueError, LookupError: a name or a content makes no sense.
    """
    files = []
    for file in given:
        old_path = file.old_path or file.path
        for path in (file.path, old_path):
            if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
                raise ValueError("a path is no name within a repository")
        files.append(CaseFile(file.path, old_path, _blob(file.base), _blob(file.head)))
    return tuple(files)


def _blob(side: _Side | None) -> Blob | None:
    if side is None:
        return None
    if side.b64 is not None:
        return Blob(side.mode, base64.b64decode(side.b64, validate=True))
    if side.text is None:
        raise ValueError("one has neither text nor b64")
    return Blob(side.mode, side.text.encode(side.encoding))


def _trees(folder: Path | None) -> tuple[CaseFile, ...]:
    """The files that differ between the folders `base` and `head`."""
    if folder is None:
        return ()
    base, head = _tree(folder / "base"), _tree(folder / "head")
    return tuple(
        CaseFile(path, path, base.get(path), head.get(path))
        for path in sorted(base.keys() | head.keys())
        if base.get(path) != head.get(path)
    )


def _tree(folder: Path) -> Mapping[str, Blob]:
    """Regular files by path; links are not followed."""
    return {
        path.relative_to(folder).as_posix(): Blob("100644", path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def _truth(defect: _Defect, language: str) -> Truth:
    places = tuple(
        Place(location.file, tuple((min(pair), max(pair)) for pair in location.lines))
        for location in defect.locations
    )
    return Truth(places, defect.description, defect.category, defect.difficulty, defect.knowledge, language)


def _other(given: _Defect | str, material: Material) -> Truth:
    """A plausible finding; one in words names its file before a colon, and may mean any of it."""
    if not isinstance(given, str):
        return _truth(given, material.language)
    path, _, words = given.partition(": ")
    known = any(path == file.path for file in material.files)
    return Truth((Place(path if known else ""),), words if known else given, language=material.language)


def _words(message: str) -> str:
    """A library's sentence, without a full stop and on one line."""
    return " ".join(message.split()).rstrip(".")
