"""Reading and writing an asynchronous stream, with the status in words when it has ended already."""

import asyncio

from interop.client import grpc


async def _ended(call, wanted):
    code, details = await call.code(), await call.details()
    raise AssertionError(f"expected {wanted}, but the call has ended with {code.name} {details!r}")


async def read(call, wanted="a message"):
    message = await call.read()
    if message is grpc.aio.EOF:
        await _ended(call, wanted)
    return message


async def exchange(call, message):
    """Sends a message and reads the next one."""
    shown = " ".join(str(message).split())[:100]
    try:
        await call.write(message)
    except asyncio.InvalidStateError:
        await _ended(call, f"to send <{shown}>")
    return await read(call, f"an answer to <{shown}>")
