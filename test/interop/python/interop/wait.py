"""Waiting for something to become true, with a bound and a sentence for when it does not."""

import time

from interop.limits import seconds


def wait_until(observe, holds, what, limit=5.0):
    """Calls `observe` until `holds` is true of its value, which it returns; fails with `what` after `limit` seconds."""
    end = time.monotonic() + seconds(limit)
    while True:
        value = observe()
        if holds(value):
            return value
        if time.monotonic() > end:
            raise AssertionError(f"expected {what} within {seconds(limit)} s, last saw {value!r}")
        time.sleep(0.02)
