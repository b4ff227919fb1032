"""An emulator of the Live API's time-shift presets, for trying and testing without an account.

It is built from what is documented and imports nothing of the provider, so that one misreading cannot hide in both.
"""

from .backend import DEFAULT_ACCOUNT, Backend, Guesses, Preset
from .behaviours import BEHAVIOURS, Behaviour
from .faults import Fault
from .rules import CREATE, DELETE, INDEPENDENT, LIST, RECORDING, UPDATE
from .server import Emulator
from .service import Call

__all__ = [
    "BEHAVIOURS",
    "CREATE",
    "DEFAULT_ACCOUNT",
    "DELETE",
    "INDEPENDENT",
    "LIST",
    "RECORDING",
    "UPDATE",
    "Backend",
    "Behaviour",
    "Call",
    "Emulator",
    "Fault",
    "Guesses",
    "Preset",
]
