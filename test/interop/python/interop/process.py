"""What the system knows of a server's process: its connections and the processor time it used."""

import os
import pathlib

_ESTABLISHED = "01"


def connections(server):
    """The client ports of the TCP connections that are open at the server now."""
    return {
        int(remote.rpartition(":")[2], 16)
        for _, local, remote, state, *_ in _sockets()
        if state == _ESTABLISHED and int(local.rpartition(":")[2], 16) == server.port
    }


def _sockets():
    for table in ("tcp", "tcp6"):
        for row in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]:
            yield row.split()


def cpu_seconds(server):
    after_name = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    user, system = int(after_name[11]), int(after_name[12])
    return (user + system) / os.sysconf("SC_CLK_TCK")
