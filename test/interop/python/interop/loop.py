"""One event loop for every asynchronous test of a process: grpcio stays bound to the loops it has seen."""

import asyncio
import functools

_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)


def run(coroutine):
    return _loop.run_until_complete(coroutine)


def asynchronous(test):
    """Makes a test, or another method that unittest calls, of a coroutine function."""

    @functools.wraps(test)
    def run_test(*arguments):
        return run(test(*arguments))

    return run_test
