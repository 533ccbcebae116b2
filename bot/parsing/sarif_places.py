r"""Where a SARIF result points: its URI in all its forms as a path, and its region as lines.

A URI may be relative (`src/a.py`, `src%20b/a.py`, `src\a.py`), name a base (`uriBaseId`) that a run may
explain, be absolute (`file:///home/runner/work/shop/src/a.py`, `C:\shop\src\a.py`), or stand in a list of
artifacts that the result only counts into. What was absolute keeps its leading slash: only who knows the
changed files can tell how much of it is the root.

What is *not* here: looking at any file. No path of a SARIF file is ever opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_to_bytes

from bot.domain.finding import LineRange
from bot.parsing.sarif_values import items, mapping, text, whole_number

LONGEST_URI = 2_000
MOST_BASES = 5
"""How many bases may rest on each other."""
LAST_LINE = 10_000_000

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = re.compile(r"/?[A-Za-z]:/")


def path_of(location: Mapping[str, object], run: Mapping[str, object]) -> str | None:
    """The path that an `artifactLocation` means, or None where it means no file of a repository."""
    uri, base = text(location.get("uri")), text(location.get("uriBaseId"))
    if not uri:
        artifact = _at(items(run.get("artifacts")), location.get("index"))
        location = mapping(artifact.get("location"))
        uri, base = text(location.get("uri")), text(location.get("uriBaseId"))
    if not uri or len(uri) > LONGEST_URI:
        return None
    joined = _joined(uri, base, mapping(run.get("originalUriBaseIds")))
    return None if joined is None else _path(joined)


def lines_of(region: Mapping[str, object]) -> LineRange | None:
    """The lines of a `region`, or None where it names none (a finding about a whole file, or by offset)."""
    start = whole_number(region.get("startLine"))
    end = whole_number(region.get("endLine"))
    if start is None or not 1 <= start <= LAST_LINE:
        return None
    return LineRange(start, min(end, LAST_LINE) if end is not None and end > start else start)


def _joined(uri: str, base: str, bases: Mapping[str, object]) -> str | None:
    """The URI below those of its bases that are relative; an absolute base is the root. None if too long.

    All results share the bases: each of them is measured before anything is done with it.
    """
    for _ in range(MOST_BASES):
        if not base or _is_absolute(uri):
            break
        if len(base) > LONGEST_URI:
            return None
        known = mapping(bases.get(base))
        above, base = text(known.get("uri")), text(known.get("uriBaseId"))
        if len(above) + len(uri) >= LONGEST_URI:
            return None
        if not above or _is_absolute(above):
            break
        uri = f"{above.rstrip('/')}/{uri}"
    return uri


def _is_absolute(uri: str) -> bool:
    slashed = uri.replace("\\", "/")
    return slashed.startswith("/") or _SCHEME.match(uri) is not None or _DRIVE.match(slashed) is not None


def _path(uri: str) -> str | None:
    """A URI as `/`-separated path; None for other schemes than `file`, and for what no repository has."""
    if _DRIVE.match(uri.replace("\\", "/")) is None and _SCHEME.match(uri):
        if uri[:5].lower() != "file:":
            return None
        uri = uri[5:]
        if uri.startswith("//"):  # an authority: empty, `localhost`, or the name of a share
            uri = "/" + uri[2:].partition("/")[2]
    decoded = unquote_to_bytes(uri.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogateescape")
    decoded = decoded.replace("\\", "/")
    parts = [part for part in decoded.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or any(ord(letter) < 32 for letter in decoded):
        return None
    absolute = decoded.startswith("/") or _DRIVE.match(decoded)
    return ("/" if absolute else "") + "/".join(parts)


def _at(entries: Sequence[object], index: object) -> Mapping[str, object]:
    number = whole_number(index)
    return mapping(entries[number]) if number is not None and 0 <= number < len(entries) else {}
