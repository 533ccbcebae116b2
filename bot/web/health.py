"""`/healthz` says that the process is alive; `/readyz` says whether deliveries can be taken, and if not, why.

Answers of `/readyz`: `{"ready": bool, "problems": {name: sentence}}` with 200 or 503.
What is *not* here: the checks themselves; whoever owns a resource brings its `HealthCheck`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.errors import ReviewBotError
from bot.web.ports import HealthCheck

CHECK_SECONDS: Final = 2.0

_logger = logging.getLogger(__name__)


class Health:
    """Both endpoints.

    Args:
        check_seconds: how long one check may take before it counts as failed.
    """

    def __init__(self, checks: Sequence[HealthCheck], check_seconds: float = CHECK_SECONDS) -> None:
        self._checks = checks
        self._check_seconds = check_seconds

    async def alive(self, _request: Request) -> Response:
        """Always 200: a process that answers needs no restart, whatever Redis does."""
        return JSONResponse({"alive": True})

    async def ready(self, _request: Request) -> Response:
        """200 when every check is content, else 503 with each problem by name."""
        found = await asyncio.gather(*(self._problem(check) for check in self._checks))
        problems = {
            check.name: problem
            for check, problem in zip(self._checks, found, strict=True)
            if problem is not None
        }
        status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
        return JSONResponse({"ready": not problems, "problems": problems}, status)

    async def _problem(self, check: HealthCheck) -> str | None:
        try:
            async with asyncio.timeout(self._check_seconds):
                return await check.problem()
        except TimeoutError:
            return f"no answer within {self._check_seconds:g} s"
        except ReviewBotError as error:
            return str(error)
        except Exception:  # not knowing is 'not ready', never a 500 that says nothing
            _logger.exception("The health check %s itself failed", check.name)
            return "the check itself failed: see the log"
