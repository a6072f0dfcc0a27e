"""Ports for servers that cannot say which one they took."""

import socket


def free_port():
    """One that nobody listens on at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
