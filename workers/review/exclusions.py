"""Which files are left out by rule: lock, vendored, generated and minified ones, and how they are known.

A name is there for people to see; in folders where tools look for files by themselves (`.github/workflows`)
none counts as generated. What a text says of itself may be a trick of the change to hide from review: it
counts only as far as it stood there before, or where no program goes wrong by it.
What is *not* here: the policy's own patterns, and what could not be read (workers.review.scope).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from workers.analysers.languages import language_of
from workers.ports import SourceFile
from workers.review.generated import is_generated
from workers.review.minified import is_minified

LOCK_FILES = frozenset(
    {
        "bun.lock",
        "bun.lockb",
        "cargo.lock",
        "composer.lock",
        "deno.lock",
        "flake.lock",
        "gemfile.lock",
        "go.sum",
        "gradle.lockfile",
        "mix.lock",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "package.resolved",
        "packages.lock.json",
        "pdm.lock",
        "pipfile.lock",
        "pixi.lock",
        "pnpm-lock.yaml",
        "podfile.lock",
        "poetry.lock",
        "pubspec.lock",
        "requirements.lock",
        "uv.lock",
        "yarn.lock",
    }
)
VENDORED_FOLDERS = frozenset(
    {"vendor", "third_party", "third-party", "thirdparty", "node_modules", "bower_components"}
)
_GENERATED_NAME = re.compile(
    r"(_pb2(_grpc)?\.pyi?|\.pb(\.gw)?\.go|\.pb\.(cc|h)|_generated\.\w+|\.generated\.\w+|\.g\.(dart|cs)"
    r"|\.designer\.cs|_mock\.go|\.snap)$",
    re.IGNORECASE,
)
_MINIFIED_NAME = re.compile(r"[.-]min\.(js|mjs|cjs|css)$|\.(js|css)\.map$|\.bundle\.js$", re.IGNORECASE)


def excluded_by_name(path: str) -> str | None:
    """Why a file of this name is left out, or None."""
    pure = PurePosixPath(path)
    if pure.name.lower() in LOCK_FILES:
        return "lock file"
    if any(part.lower() in VENDORED_FOLDERS for part in pure.parts[:-1]):
        return "vendored"
    if _MINIFIED_NAME.search(pure.name):
        return "minified"
    if _GENERATED_NAME.search(pure.name) and not any(part.startswith(".") for part in pure.parts[:-1]):
        return "generated"
    return None


def excluded_by_language(wanted: Sequence[str], off: Sequence[str]) -> Callable[[str], str | None]:
    """A function that gives, for a path, why its programming language leaves it out, or None.

    Args:
        wanted: names of languages, in any case; empty means all, and files without a language too.
        off: names of those that are left out.
    """
    only, never = {name.casefold() for name in wanted}, {name.casefold() for name in off}

    def reason(path: str) -> str | None:
        language = language_of(path)
        name = (language or "").casefold()
        if name and name in never:
            return f"{language} is off in the policy"
        if not only or name in only:
            return None
        return (
            f"{language} is not in the policy's languages"
            if language
            else "in none of the policy's languages"
        )

    return reason


def excluded_by_text(source: SourceFile) -> str | None:
    """Why a file with this text is left out, or None."""
    if is_generated(source):
        return "generated"
    if is_minified(source):
        return "minified"
    return None
