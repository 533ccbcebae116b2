"""What is remembered in Redis: see `keeping` for one pull request's reviews, and the modules beside it.

What is *not* here: the queue (bot.queue).
"""

from bot.store.keeping import (
    Intent,
    KeptResult,
    OpenCheck,
    RunRecord,
    Store,
    count_fates,
    decode_kept,
    encode_kept,
)
from bot.store.spending import DaySpending

__all__ = [
    "DaySpending",
    "Intent",
    "KeptResult",
    "OpenCheck",
    "RunRecord",
    "Store",
    "count_fates",
    "decode_kept",
    "encode_kept",
]
