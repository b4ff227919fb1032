"""The loop of the vendor's SDK samples, without Pulumi: one call after the other, a second's pause when throttled."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from obvious import service


def insist(method: str, body: dict[str, Any]) -> None:
    """Call until the service does not throttle."""
    while True:
        try:
            getattr(service(), method)(body)
        except Exception as error:
            if "FlowLimitExceeded" not in str(error):
                raise
            time.sleep(1)
        else:
            return


def main(operation: str) -> None:
    """Carry out the operation on as many presets as the environment says."""
    shift = int(os.environ["BENCH_MAX_SHIFT_TIME"])
    storage = {"PullDomain": "pull.example.com", "TimeShiftType": 1}
    if operation == "refresh":
        for type_ in ("tos", "vod"):
            insist("list_time_shift_preset_v2", {"Type": type_})
        return
    for number in range(int(os.environ["BENCH_SIZE"])):
        named = {"Vhost": "push.example.com", "App": f"app-{number}"}
        if operation == "up":
            insist("create_time_shift_preset_v3", {**named, **storage, "MaxShiftTime": shift})
        elif operation == "change all":
            insist("update_time_shift_preset_v3", {**named, "MaxShiftTime": shift})
        elif operation == "destroy":
            insist("delete_time_shift_preset_v3", named)


if __name__ == "__main__":
    main(sys.argv[1])
