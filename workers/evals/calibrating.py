"""From judged findings to the table that says how often findings like these were right.

What is *not* here: how the table is looked up (workers.review.calibration).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.domain.finding import Ruling
from bot.errors import UsageError
from workers.evals.matching import Mark
from workers.review.calibration import NOT_ASKED, Features, band_of, table_of

Record = Mapping[str, Any]

_RIGHT = {Mark.HIT.value: True, Mark.REPEAT.value: True, Mark.WRONG.value: False}
"""Marks that say something; what was held back was not judged."""


def calibration(records: Sequence[Record]) -> dict[str, object]:
    """The table as it is kept: who was measured on what, and the rows.

    Raises:
        UsageError: no finding of the records was judged.
    """
    # Variants that share answers share findings: each counts once.
    judged = list({key: pair for record in records for key, pair in _judged(record)}.values())
    if not judged:
        raise UsageError("these records hold no judged finding: give records of the engine.")
    return {
        "version": 1,
        "models": sorted({str(record["model"]) for record in records}),
        "sets": sorted({str(record["set"]) for record in records}),
        "findings": len(judged),
        "rows": [
            {"key": list(key), "right": row.right, "of": row.of} for key, row in table_of(judged).items()
        ],
    }


def write_calibration(records: Sequence[Record], file: Path) -> None:
    """Write the table where `workers.review.calibration` looks for it, or elsewhere.

    Raises:
        UsageError: no finding of the records was judged, or the file cannot be written.
    """
    text = json.dumps(calibration(records), indent=1, ensure_ascii=False)
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}): name another file.") from None


def _judged(record: Record) -> Iterator[tuple[tuple[object, ...], tuple[Features, bool]]]:
    """What tells a judged finding from others, what is known of it, and whether it was right.

    In a review that is left out, a finding may be wrong only because the judge did not answer.
    """
    left_out = {(one["case"], one["run"]) for one in record.get("reviews", ()) if not one["answered"]}
    for finding in record["findings"]:
        right = _RIGHT.get(finding["mark"])
        if right is None or (finding["case"], finding["run"]) in left_out:
            continue
        rulings = [str(Ruling(ruling)) for ruling in finding["verdicts"]]
        known = Features(
            source="model",
            verdict=rulings[-1] if rulings else NOT_ASKED,
            band=band_of(float(finding["confidence"])),
            category=str(finding["category"]),
            votes=int(finding["votes"]),
        )
        who = (record["set"], finding["case"], finding["run"], finding["claim"])
        yield (*who, known.verdict), (known, right)
