"""The rich details of an error, as grpcio-status reads them."""

from interop.protos import message

KEY = "grpc-status-details-bin"

_Status = message("google.rpc.Status")


def status_of(error):
    """The google.rpc.Status of an error, which must agree with its code and its message, as grpcio-status demands."""
    values = [value for key, value in error.trailing_metadata() if key == KEY]
    assert len(values) == 1, f"expected one {KEY} with {error.code().name}, got {len(values)}"
    status = _Status.FromString(values[0])
    told, expected = (status.code, status.message), (error.code().value[0], error.details())
    assert told == expected, f"expected {expected} in {KEY}, got {told}"
    return status


def detail_of(error, kind):
    """The detail of that type, and that there is just one."""
    found = [detail for detail in status_of(error).details if detail.Is(kind.DESCRIPTOR)]
    assert len(found) == 1, f"expected one {kind.DESCRIPTOR.full_name} with {error.details()!r}, got {len(found)}"
    return kind.FromString(found[0].value)
