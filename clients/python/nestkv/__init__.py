"""A client of nestkv: a key-value store as a live, versioned JSON tree, and as a mapping."""

from .client import Client, Entry, Written
from .errors import Conflict, NestKVError, NotFound, PreconditionFailed
from .mapping import RemoteKVMapping
from .watching import Event, Watch

__all__ = [
    "Client", "Conflict", "Entry", "Event", "NestKVError", "NotFound", "PreconditionFailed", "RemoteKVMapping", "Watch",
    "Written",
]
