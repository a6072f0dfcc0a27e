"""How long and how much a server may take: the plain bounds, wider when it runs under a sanitizer."""

import os

MIB = 1 << 20

SANITIZER = os.environ.get("PLINTH_INTEROP_SANITIZER", "")

# A sanitizer slows a program down, and its shadow memory and its quarantine count as resident.
_TIME_FACTOR = 4 if SANITIZER else 1
_MEMORY_FACTOR = 4 if SANITIZER else 1


def seconds(plain):
    return plain * _TIME_FACTOR


def memory(plain):
    return plain * _MEMORY_FACTOR
