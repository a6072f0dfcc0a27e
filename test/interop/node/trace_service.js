// A service of @grpc/grpc-js between two of ours: the Echo of plinth.test.Probe, by asking the next service. It takes
// part in the trace with a span of its own, which it prints.
//
//     node trace_service.js ipv4:127.0.0.1:50051

import grpc from '@grpc/grpc-js';
import {randomBytes} from 'node:crypto';

import {Probe} from './clients.js';

const next = new Probe(process.argv[2], grpc.credentials.createInsecure());

const tell = (entry) => console.log(JSON.stringify(entry));

function handOn(metadata) {
  const [, trace_id, parent_id, flags] = `${metadata.get('traceparent')[0]}`.split('-');
  const span_id = randomBytes(8).toString('hex');
  tell({event: 'span', trace_id, parent_id, span_id});
  const outgoing = new grpc.Metadata();
  outgoing.set('traceparent', `00-${trace_id}-${span_id}-${flags}`);
  for (const key of ['tracestate', 'baggage']) {
    for (const value of metadata.get(key)) outgoing.add(key, value);
  }
  return outgoing;
}

const server = new grpc.Server();
server.addService(Probe.service, {
  Echo: (call, reply) => next.Echo(call.request, handOn(call.metadata), {deadline: call.getDeadline()}, reply),
});
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  tell({event: 'grpc_server_started', address: `127.0.0.1:${port}`});
});
process.on('SIGTERM', () => {
  next.close();
  server.forceShutdown();
});
