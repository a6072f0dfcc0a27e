"""Message classes and service descriptions of every protocol that the suites speak, compiled by protoc at start."""

import pathlib
import subprocess
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_HERE = pathlib.Path(__file__).resolve().parent.parent
_ROOT = _HERE.parents[2]
_OFFICIAL = pathlib.Path("/usr/share/grpc-proto")  # where Debian's grpc-proto installs

_FILES = [
    "google/rpc/error_details.proto",
    "google/rpc/status.proto",
    "grpc/channelz/v1/channelz.proto",
    "grpc/health/v1/health.proto",
    "grpc/reflection/v1/reflection.proto",
    "grpc/reflection/v1alpha/reflection.proto",
    "grpc/testing/test.proto",
    "health_list.proto",
    "myservice/service.proto",
    "opentelemetry/proto/collector/trace/v1/trace_service.proto",
    "plinth/test/chain.proto",
    "plinth/test/probe.proto",
    "xds/service/orca/v3/orca.proto",
]


def _compile():
    folders = [_ROOT / "protos", _ROOT / "test" / "protos", _HERE / "protos", _OFFICIAL]
    with tempfile.NamedTemporaryFile(suffix=".bin") as output:
        subprocess.run(
            ["protoc", "--include_imports", f"--descriptor_set_out={output.name}"]
            + [f"-I{folder}" for folder in folders]
            + _FILES,
            check=True,
        )
        return descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(output.name).read_bytes())


def _load(files):
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


# A pool of its own: the generated modules of grpc/testing would live in a package that grpcio owns.
_pool = _load(_compile())
_factory = message_factory.MessageFactory(_pool)


def message(name):
    """The class of the message with that full name."""
    return message_of(_pool.FindMessageTypeByName(name))


def message_of(descriptor):
    return _factory.GetPrototype(descriptor)


def service(name):
    """The description of the service with that full name."""
    return _pool.FindServiceByName(name)
