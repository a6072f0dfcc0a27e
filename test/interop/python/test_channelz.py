"""channelz (gRFC A14) of the example service, read by grpcio."""

import socket
import unittest

from interop.case import PATIENCE, InteropCase
from interop.client import grpc, open_channel, stub
from interop.protos import message

GetResourceRequest = message("myservice.GetResourceRequest")
GetServerRequest = message("grpc.channelz.v1.GetServerRequest")
GetServersRequest = message("grpc.channelz.v1.GetServersRequest")
GetServerSocketsRequest = message("grpc.channelz.v1.GetServerSocketsRequest")
GetSocketRequest = message("grpc.channelz.v1.GetSocketRequest")
GetTopChannelsRequest = message("grpc.channelz.v1.GetTopChannelsRequest")


class ChannelzTest(InteropCase):
    program = "myservice"
    service = "grpc.channelz.v1.Channelz"

    def only_server(self):
        response = self.stub.GetServers(GetServersRequest(), timeout=PATIENCE)
        self.assertTrue(response.end)
        self.assertEqual(len(response.server), 1, "one program, one server")
        return response.server[0]

    def sockets(self):
        request = GetServerSocketsRequest(server_id=self.only_server().ref.server_id)
        return self.stub.GetServerSockets(request, timeout=PATIENCE).socket_ref

    def socket(self, reference):
        return self.stub.GetSocket(GetSocketRequest(socket_id=reference.socket_id), timeout=PATIENCE).socket

    def test_the_server_counts_its_calls(self):
        before = self.only_server().data
        service = stub(self.channel, "myservice.MyService")
        service.GetResource(GetResourceRequest(id="1"), timeout=PATIENCE)
        with self.assertRaises(grpc.RpcError):
            service.GetResource(GetResourceRequest(id="no-such"), timeout=PATIENCE)
        after = self.only_server().data
        # The question itself is a call, too: the one before has ended since, and this one is running.
        self.assertEqual(after.calls_started - before.calls_started, 3)
        self.assertEqual(after.calls_succeeded - before.calls_succeeded, 2)
        self.assertEqual(after.calls_failed - before.calls_failed, 1)
        self.assertGreaterEqual(after.last_call_started_timestamp.ToNanoseconds(), 1)

    def test_the_listening_socket_is_known(self):
        server = self.only_server()
        self.assertEqual(len(server.listen_socket), 1)
        local = self.socket(server.listen_socket[0]).local.tcpip_address
        self.assertEqual((socket.inet_ntoa(local.ip_address), local.port), ("127.0.0.1", self.server.port))

    def test_each_connection_is_a_socket(self):
        before = {reference.socket_id for reference in self.sockets()}
        with open_channel(self.server.address) as other:
            service = stub(other, "myservice.MyService")
            for _ in range(5):
                service.GetResource(GetResourceRequest(id="1"), timeout=PATIENCE)
            added = [reference for reference in self.sockets() if reference.socket_id not in before]
            self.assertEqual(len(added), 1, added)
            found = self.socket(added[0])
        self.assertEqual(found.data.streams_started, 5)
        self.assertEqual(found.data.streams_succeeded, 5)
        self.assertEqual(found.data.messages_received, 5)
        self.assertEqual(found.data.messages_sent, 5)
        self.assertEqual(found.local.tcpip_address.port, self.server.port)
        self.assertEqual(socket.inet_ntoa(found.remote.tcpip_address.ip_address), "127.0.0.1")
        self.assertGreater(found.data.local_flow_control_window.value, 65_535)
        self.assertGreater(found.data.remote_flow_control_window.value, 0)
        self.assertFalse(found.HasField("security"), "it speaks in the clear")

    def test_top_channels_are_none_of_the_clients(self):
        response = self.stub.GetTopChannels(GetTopChannelsRequest(), timeout=PATIENCE)
        self.assertTrue(response.end)

    def test_an_unknown_id_is_not_found(self):
        self.fails(
            grpc.StatusCode.NOT_FOUND,
            "a server that there is not",
            self.stub.GetServer,
            GetServerRequest(server_id=1 << 40),
        )

    def test_negative_numbers_are_invalid(self):
        request = GetServersRequest(max_results=-1)
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, "less than nothing", self.stub.GetServers, request)


if __name__ == "__main__":
    unittest.main()
