// gRPC by hand on Node's own HTTP/2, for what the client libraries hide or never send.

import http2 from 'node:http2';

import {within} from './harness.js';

/** A message with its five bytes in front. */
export function frame(message, {compressed = 0} = {}) {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

export class RawClient {
  constructor(server) {
    this.session = http2.connect(`http://${server.address}`);
    this.session.on('error', () => {});
  }

  close() {
    this.session.destroy();
  }

  /** One call: its HTTP status, headers, body, trailers, and how the stream was reset, if it was. */
  async call(path, body, headers = {}) {
    const request = {
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    };
    const kept = Object.entries(request).filter(([, value]) => value !== undefined);
    const stream = this.session.request(Object.fromEntries(kept));
    return within(10_000, this.#outcome(stream, body), `an answer to ${path}`);
  }

  #outcome(stream, body) {
    return new Promise((resolve) => {
      const outcome = {headers: {}, trailers: {}, body: Buffer.alloc(0)};
      stream.on('response', (headers) => (outcome.headers = headers));
      stream.on('trailers', (trailers) => (outcome.trailers = trailers));
      stream.on('data', (data) => (outcome.body = Buffer.concat([outcome.body, data])));
      stream.on('error', () => {});
      stream.on('close', () => resolve({...outcome, status: outcome.headers[':status'], reset: stream.rstCode}));
      stream.end(body);
    });
  }
}

/** The grpc-status of an outcome, wherever it stands. */
export function grpcStatus({headers, trailers}) {
  const text = trailers['grpc-status'] ?? headers['grpc-status'];
  return text === undefined ? undefined : Number(text);
}

/** What was answered, for a message about what was expected. */
export function describe({headers, trailers, reset}) {
  return JSON.stringify({headers, trailers, reset});
}
