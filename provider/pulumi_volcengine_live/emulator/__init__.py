"""An emulator of the Live API's time-shift presets, for trying and testing without an account.

It is built from what is documented and imports nothing of the provider, so that one misreading cannot hide in both.
"""

from .backend import DEFAULT_ACCOUNT, EVERY_VHOST, Backend
from .behaviours import BEHAVIOURS, Behaviour
from .calls_and_faults import Call
from .faults import Fault
from .guesses import Guesses
from .items import Access, Domain, Preset, Recording
from .request_rules import (
    CREATE,
    DELETE,
    DESCRIBE_DOMAINS,
    INDEPENDENT,
    LIST,
    LIST_DOMAINS,
    LIST_RECORDINGS,
    RECORDING,
    UPDATE,
)
from .server import Emulator

__all__ = [
    "BEHAVIOURS",
    "CREATE",
    "DEFAULT_ACCOUNT",
    "DELETE",
    "DESCRIBE_DOMAINS",
    "EVERY_VHOST",
    "INDEPENDENT",
    "LIST",
    "LIST_DOMAINS",
    "LIST_RECORDINGS",
    "RECORDING",
    "UPDATE",
    "Access",
    "Backend",
    "Behaviour",
    "Call",
    "Domain",
    "Emulator",
    "Fault",
    "Guesses",
    "Preset",
    "Recording",
]
