"""What can go wrong with a request."""

from typing import Any, Mapping, Optional

# With these codes a write may have happened although the answer is an error.
_UNKNOWN_CODES = {"unknown-outcome", "shutting-down", "internal-error"}


class NestKVError(Exception):
    """A request that was not answered by success.

    `outcome` is "none" if nothing was changed, and "unknown" if a write may or may not have happened. After "unknown",
    read the value before the write is sent again.
    """

    def __init__(self, message: str, *, status: Optional[int] = None, problem: Optional[Mapping[str, Any]] = None,
                 outcome: str = "none", retry_after: Optional[float] = None):
        super().__init__(message)
        #: The HTTP status; None if there was no answer.
        self.status = status
        #: The members of the answer's problem document (RFC 9457).
        self.problem = dict(problem or {})
        #: The problem's code, which never changes; "network" if there was no answer.
        self.code = self.problem.get("code", "network" if status is None else f"status-{status}")
        self.outcome = outcome
        #: The seconds after which the service suggests another attempt.
        self.retry_after = retry_after

    @property
    def current_etag(self) -> Optional[str]:
        """The entity tag of the stored value, if a precondition failed."""
        return self.problem.get("currentETag")

    @property
    def current_value(self) -> Any:
        """The stored value, if a condition failed and the service told it."""
        return self.problem.get("currentValue")


class NotFound(NestKVError):
    """Nothing is stored at the path (404)."""


class PreconditionFailed(NestKVError):
    """A condition of the request failed (412)."""


class Conflict(NestKVError):
    """The stored value does not permit the operation (409)."""


def error_of(status: int, problem: Mapping[str, Any], is_write: bool, retry_after: Optional[float]) -> NestKVError:
    """The error for an answer."""
    kind = {404: NotFound, 409: Conflict, 412: PreconditionFailed}.get(status, NestKVError)
    code = problem.get("code")
    # An answer without a code comes from a proxy, which may have lost the service's own.
    is_unknown = code in _UNKNOWN_CODES or (code is None and status >= 500)
    text = problem.get("detail") or problem.get("title") or "The service gave no reason."
    return kind(f"{status}: {text}", status=status, problem=problem,
                outcome="unknown" if is_write and is_unknown else "none", retry_after=retry_after)
