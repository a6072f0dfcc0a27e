"""The cases of gRPC's interop-test-descriptions.md that need no credentials of a cloud and no caching proxy."""

# Whether a request came compressed is what these ask the server.
SEES_COMPRESSION = ("client_compressed_unary", "client_compressed_streaming")

PLAIN = (
    "empty_unary",
    "large_unary",
    "server_compressed_unary",
    "client_streaming",
    "server_streaming",
    "server_compressed_streaming",
    "ping_pong",
    "empty_stream",
    "custom_metadata",
    "status_code_and_message",
    "special_status_message",
    "unimplemented_method",
    "unimplemented_service",
    "cancel_after_begin",
    "cancel_after_first_response",
    "timeout_on_sleeping_server",
    "concurrent_large_unary",
)

# Those of one client only.
SOAK = ("rpc_soak", "channel_soak")
EVERYWHERE = (*PLAIN, *SEES_COMPRESSION, *SOAK, "pick_first_unary")

# What Debian's grpc++ cannot express.
LOAD_REPORTS = ("orca_per_rpc", "orca_oob")
OURS = (*EVERYWHERE, *LOAD_REPORTS)
