"""Refusals of the API, and the dropped connection that a test can order.

What is *not* here: errors of the bot. This package stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


class SandboxError(Exception):
    """A scenario asks for something that makes no sense, such as a branch that does not exist."""


class ConnectionDropped(SandboxError):
    """The server hangs up instead of answering. Raised through the ASGI app; see `transport` and `server`."""


class ApiError(SandboxError):
    """An answer that refuses.

    Attributes:
        status: HTTP status.
        errors: what stands in `errors` of the answer: sentences, or objects with resource, field and code.
    """

    def __init__(self, status: int, message: str, errors: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.errors = tuple(errors)

    def body(self) -> dict[str, Any]:
        """The JSON object that is sent."""
        answer: dict[str, Any] = {"message": str(self)}
        if self.errors:
            answer["errors"] = list(self.errors)
        return answer | {"documentation_url": DOCUMENTATION, "status": str(self.status)}


class Moved(ApiError):
    """The repository has another name now; the same request goes to `location`."""

    def __init__(self, status: int, location: str) -> None:
        super().__init__(status, "Moved Permanently" if status == 301 else "Temporary Redirect")
        self.location = location

    def body(self) -> dict[str, Any]:
        """GitHub names the address here too."""
        return {"message": str(self), "url": self.location, "documentation_url": DOCUMENTATION}


def not_found() -> ApiError:
    """Also the answer where something exists and the caller may not know it."""
    return ApiError(404, "Not Found")


def forbidden() -> ApiError:
    """The App lacks a permission."""
    return ApiError(403, "Resource not accessible by integration")


def invalid(resource: str, field: str, code: str = "invalid", message: str = "") -> ApiError:
    """422 in the form that names a field."""
    error = {"resource": resource, "field": field, "code": code} | ({"message": message} if message else {})
    return ApiError(422, "Validation Failed", [error])
