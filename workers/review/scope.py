"""What a review looks at, what it leaves out on purpose, and what it could not read: each with its reason.

What a pull request says of itself takes no file out of the review by which a program could go wrong; what
cannot be read is named as not read. People decide by the policy, by names that anybody can see, and by what
stood at the base before; only new prose and plain data are believed to be generated or minified.
What is *not* here: how much fits into a question (workers.review.bundles).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.diff import Diff, FileDiff, FileStatus
from bot.domain.policy import POLICY_PATH
from bot.domain.review import Excluded, NotRead
from workers.analysers.languages import WITH_RULES, is_inert, language_of
from workers.ports import SourceFile
from workers.review.binaries import holds_no_text
from workers.review.exclusions import excluded_by_name, excluded_by_text
from workers.review.minified import unreadable_lines
from workers.review.moves import changes_role, shown_whole

NO_TEXT: Final = (
    "git shows no text of it, though its name is of no binary kind; if it is binary, name it in the policy's"
    " `ignore`"
)
_WITHOUT_A_CHANGE = {
    FileStatus.ADDED: "empty",
    FileStatus.REMOVED: "empty",
    FileStatus.RENAMED: "renamed without a change",
    FileStatus.COPIED: "copied without a change",
    FileStatus.MODE_CHANGED: "only its mode changed",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A change, sorted. Every file of the change is in exactly one of the three.

    Attributes:
        files: to be looked at, in path order. The text is empty until `with_texts`, and for removed files;
            until then, those have no hunks that a rename has put where their text does something else.
        reported: of the rest, what nothing speaks against but that no analyser of code knows it: tools that
            ran elsewhere may have looked, and secrets are looked for in any text.
    """

    files: tuple[SourceFile, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    not_read: tuple[NotRead, ...] = ()
    reported: tuple[SourceFile, ...] = ()

    @property
    def texts(self) -> dict[str, str]:
        """Path -> the file at the head, of what is to be looked at."""
        return {file.path: file.text for file in self.files}

    @property
    def to_fetch(self) -> tuple[str, ...]:
        """Paths whose text at the head is needed."""
        return tuple(file.path for file in (*self.files, *self.reported) if not _is_gone(file.diff))


def unflagged(_path: str) -> str | None:
    """The repository says nothing about a path."""
    return None


def select(
    diff: Diff,
    ignored: Callable[[str], str | None],
    *,
    static: bool,
    flagged: Callable[[str], str | None] = unflagged,
    unwanted: Callable[[str], str | None] = unflagged,
    reports: bool = False,
) -> Scope:
    """Sort a change by what is known before any text was read.

    Args:
        diff: the whole change.
        ignored: the pattern by which policy leaves a path out, or None.
        static: whether analysers alone will look; they know languages, and only what is left at the head.
        flagged: what the repository itself calls a path: `generated`, `vendored`, "" for neither, or None.
        unwanted: why the policy wants no file of this programming language, or None.
        reports: whether somebody looks at any text: for secrets, or tools that ran elsewhere.
    """
    files: list[SourceFile] = []
    excluded: list[Excluded] = []
    not_read: list[NotRead] = []
    reported: list[SourceFile] = []
    for file in sorted(diff.files, key=lambda file: file.path):
        if reports and _is_unknown_only(file, _exclusion(file, ignored, flagged, unwanted, static=False)):
            reported.append(SourceFile(file, ""))
        if reason := _exclusion(file, ignored, flagged, unwanted, static=static):
            excluded.append(Excluded(file.path, reason))
        elif reason := _obstacle(file, static=static):
            not_read.append(NotRead(file.path, reason))
        else:
            files.append(SourceFile(file, ""))
    if diff.missing:
        not_read.append(
            NotRead(
                f"{diff.missing} further files",
                "GitHub's list of changed files ends before them",
                files=diff.missing,
            )
        )
    return Scope(tuple(files), tuple(excluded), tuple(not_read), tuple(reported) if static else ())


def with_texts(scope: Scope, texts: Mapping[str, str | None]) -> Scope:
    """The scope once the head's texts are known: some files turn out to be generated, some cannot be read."""
    files: list[SourceFile] = []
    excluded = list(scope.excluded)
    not_read = list(scope.not_read)
    for file in scope.files:
        text = "" if _is_gone(file.diff) else texts.get(file.path)
        if text is None:
            not_read.append(NotRead(file.path, "its text could not be read, or it is too large"))
            continue
        source = SourceFile(file.diff, text)
        if changes_role(file.diff):
            source = shown_whole(source)
        if reason := _without_text(source) or excluded_by_text(source):
            excluded.append(Excluded(file.path, reason))
        elif reason := unreadable_lines(source):
            not_read.append(NotRead(file.path, reason))
        else:
            files.append(source)
    known = [
        replace(file, text=text) for file in scope.reported if (text := texts.get(file.path)) is not None
    ]
    reported = tuple(file for file in known if not excluded_by_text(file))
    return Scope(tuple(files), tuple(excluded), tuple(not_read), reported)


def _without_text(source: SourceFile) -> str | None:
    """Why there is nothing to read of a file whose text is known, or None."""
    return None if source.diff.hunks else _WITHOUT_A_CHANGE.get(source.diff.status)


def _exclusion(
    file: FileDiff,
    ignored: Callable[[str], str | None],
    flagged: Callable[[str], str | None],
    unwanted: Callable[[str], str | None],
    *,
    static: bool,
) -> str | None:
    """Why a file is left out on purpose, or None. Policy comes first: people know best."""
    if pattern := ignored(file.path):
        return f"ignored by policy ({pattern})"
    if file.is_submodule:
        return None
    if reason := "binary" if _is_binary(file) else _kind(file, flagged):
        return reason
    if reason := unwanted(file.path):
        return reason
    if not file.hunks and file.unread is None and not file.is_binary and not changes_role(file):
        return _WITHOUT_A_CHANGE.get(file.status)
    return _exclusion_from_static(file) if static else None


def _kind(file: FileDiff, flagged: Callable[[str], str | None]) -> str | None:
    """Why a file of this name is left out, or None; a rename takes out no file that was read before it."""
    reason = _kind_of_name(file.path, flagged(file.path))
    if reason is None or file.status is not FileStatus.RENAMED or file.old_path is None:
        return reason
    return reason if _kind_of_name(file.old_path, flagged(file.old_path)) else None


def _kind_of_name(path: str, flag: str | None) -> str | None:
    """What the repository says of a name counts before the name."""
    if flag:
        return f"{flag}, says .gitattributes"
    return excluded_by_name(path) if flag is None else None


def _exclusion_from_static(file: FileDiff) -> str | None:
    """Why analysers have nothing to say about a file, or None."""
    if _is_gone(file):
        return "removed: nothing is left to analyse"
    if file.path == POLICY_PATH:
        return "the policy, whose mistakes are told by themselves"
    if is_inert(file.path):
        return "prose or plain data, which analysers have no rules for"
    return None


def _is_unknown_only(file: FileDiff, exclusion: str | None) -> bool:
    """Whether analysers of ours have no rules for a file, and nothing else speaks against it."""
    is_known = language_of(file.path) in WITH_RULES
    is_left = exclusion is None and not _is_gone(file) and _obstacle(file, static=False) is None
    return is_left and not is_known and file.path != POLICY_PATH


def _obstacle(file: FileDiff, *, static: bool) -> str | None:
    """Why a file cannot be looked at although it should be, or None."""
    if file.is_submodule:
        return "a submodule: its code is in another repository"
    if file.unread is not None:
        return file.unread
    if file.is_binary:
        return NO_TEXT
    if not file.hunks and not changes_role(file):
        return "its changed lines are not known"
    language = language_of(file.path)
    if static and language not in WITH_RULES:
        return f"no analyser here has rules for {language or 'files of this kind'}"
    return None


def _is_binary(file: FileDiff) -> bool:
    """Whether it holds no text. Git says so for one NUL byte, or because `.gitattributes` does."""
    return file.is_binary and all(map(holds_no_text, filter(None, (file.path, file.old_path))))


def _is_gone(file: FileDiff) -> bool:
    return file.status is FileStatus.REMOVED
