"""A client program that opens connections with a hanging call on each, and waits to be killed.

usage: python3 -m interop.hang ADDRESS CONNECTIONS
"""

import signal
import sys

from interop.client import open_channel, stub
from interop.protos import message


def main(address, count):
    nothing = message("plinth.test.Nothing")()
    channels = [open_channel(address) for _ in range(int(count))]
    calls = [stub(channel, "plinth.test.Probe").Hang.future(nothing) for channel in channels]
    signal.pause()
    return calls


if __name__ == "__main__":
    main(*sys.argv[1:])
