"""grpcio as the client: channels that reach only the server under test, and stubs made from descriptions."""

import os
import types

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import grpc  # noqa: E402 (the variable above is read when grpc loads)
import grpc.aio  # noqa: E402

from interop import protos  # noqa: E402

# Each channel dials for itself, directly, and shows each failure as it is.
_OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),
]


def open_channel(address, credentials=None, compression=None):
    if credentials:
        return grpc.secure_channel(address, credentials, _OPTIONS, compression)
    return grpc.insecure_channel(address, _OPTIONS, compression)


def open_async_channel(address):
    return grpc.aio.insecure_channel(address, _OPTIONS)


def callable_for(channel, path, request, response, client_streams=False, server_streams=False):
    """What calls the method at `path`, with these message classes."""
    kind = f"{'stream' if client_streams else 'unary'}_{'stream' if server_streams else 'unary'}"
    return getattr(channel, kind)(path, request.SerializeToString, response.FromString)


def stub(channel, service_name):
    """An object with one callable a method, for a channel of either API of grpcio."""
    service = protos.service(service_name)
    return types.SimpleNamespace(**{method.name: _method(channel, service, method) for method in service.methods})


def _method(channel, service, method):
    return callable_for(
        channel,
        f"/{service.full_name}/{method.name}",
        protos.message_of(method.input_type),
        protos.message_of(method.output_type),
        method.client_streaming,
        method.server_streaming,
    )
