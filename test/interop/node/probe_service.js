// plinth.test.Probe as a service of @grpc/grpc-js, which keeps what it sees.

import grpc from '@grpc/grpc-js';

import {metadataOf, Probe} from './clients.js';

export const DETAILS = Buffer.from([8, 5, 0xff, 0]);
const SIZES = {'grpc.max_receive_message_length': 64 << 20, 'grpc.max_send_message_length': 64 << 20};

const trailers = () => metadataOf([['probe-trailing', 'yes'], ['probe-trailing-bin', Buffer.from([0xfe, 1])]]);

class ProbeService {
  seen = [];
  cancelled = new Promise((resolve) => (this.noteCancelled = resolve));

  #note(call) {
    this.seen.push(call.metadata.getMap());
    call.sendMetadata(metadataOf([['probe-initial', 'yes'], ['probe-initial-bin', Buffer.from([0, 0xff])]]));
  }

  handlers = {
    Echo: (call, reply) => {
      this.#note(call);
      const {data, reply_size} = call.request;
      const remaining_ms = Math.round(call.getDeadline() - Date.now());
      const echo = {data: Buffer.alloc(reply_size, 'x'), received: data.length, remaining_ms, server: process.pid};
      reply(null, echo, trailers());
    },
    Fail: (call, reply) => {
      this.#note(call);
      const {code, message} = call.request;
      reply({code, details: message, metadata: metadataOf([['grpc-status-details-bin', DETAILS]])});
    },
    Hang: (call) => {
      call.on('cancelled', () => this.noteCancelled());
    },
    Flood: (call) => {
      this.#note(call);
      const {bytes, message_size} = call.request;
      for (let left = bytes; left > 0; left -= message_size) {
        call.write({data: Buffer.alloc(Math.min(left, message_size), 'x')});
      }
      call.end(trailers());
    },
    Drain: (call, reply) => {
      this.#note(call);
      const sizes = [];
      call.on('data', ({data}) => sizes.push(data.length));
      call.on('end', () => reply(null, {messages: sizes.length, bytes: sizes.reduce((a, b) => a + b, 0)}, trailers()));
    },
    Chat: (call) => {
      this.#note(call);
      call.on('data', (chunk) => call.write(chunk));
      call.on('end', () => call.end(trailers()));
    },
  };
}

/** A server of grpc-js with that service, in this process: `target` is what a client dials. */
export async function startGrpcJs(credentials = grpc.ServerCredentials.createInsecure(), options = {}) {
  const service = new ProbeService();
  const server = new grpc.Server({...SIZES, ...options});
  server.addService(Probe.service, service.handlers);
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return {service, port, target: `ipv4:127.0.0.1:${port}`, stop: () => server.forceShutdown()};
}
