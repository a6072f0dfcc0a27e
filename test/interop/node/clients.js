// @grpc/grpc-js as the client of the services under test, with promises in place of callbacks.

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import {after, before} from 'node:test';
import {fileURLToPath} from 'node:url';

import {milliseconds, startServer} from './harness.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const packages = grpc.loadPackageDefinition(
  protoLoader.loadSync(['myservice/service.proto', 'plinth/test/probe.proto', 'grpc/testing/test.proto'], {
    includeDirs: [`${root}protos`, `${root}test/protos`, '/usr/share/grpc-proto'],
    keepCase: true,
    longs: Number,
    defaults: true,
  }),
);

export const MyService = packages.myservice.MyService;
export const Probe = packages.plinth.test.Probe;
export const TestService = packages.grpc.testing.TestService;

/** A client with a connection of its own. */
export function connect(Client, server) {
  return new Client(server.address, grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
  });
}

/** Starts `program` for all tests of a file; `use` gets {server, client} before the first. */
export function shareServer(program, args, Client, use) {
  let server;
  let client;
  before(async () => {
    server = await startServer(program, args);
    client = connect(Client, server);
    use({server, client});
  });
  after(async () => {
    client?.close();
    await server?.stop();
  });
}

/** Call options: a silent server fails a test in time. */
export const soon = (plain = 10_000) => ({deadline: Date.now() + milliseconds(plain)});

/** Makes metadata of pairs. */
export function metadataOf(pairs) {
  const metadata = new grpc.Metadata();
  for (const [key, value] of pairs) metadata.add(key, value);
  return metadata;
}

/** Starts a call with one response: the call, and a promise of its response. */
function startOne(client, method, request, metadata, options) {
  let call;
  const response = new Promise((resolve, reject) => {
    const done = (error, value) => (error ? reject(error) : resolve(value));
    const args = request === undefined ? [] : [request];
    call = client[method](...args, metadata, options, done);
  });
  return {call, response};
}

/** A unary call. Awaiting `response` gives the message or throws the status. */
export function unary(client, method, request = {}, {metadata = new grpc.Metadata(), options = soon()} = {}) {
  return startOne(client, method, request, metadata, options);
}

/** A client-streaming call that sends all requests. */
export function upload(client, method, requests, {metadata = new grpc.Metadata(), options = soon()} = {}) {
  const started = startOne(client, method, undefined, metadata, options);
  for (const request of requests) started.call.write(request);
  started.call.end();
  return started;
}

/** Reads a response stream to its end; throws the status when it is not OK. */
export async function collect(call) {
  const messages = [];
  for await (const message of call) messages.push(message);
  return messages;
}

/** The status that a call or a promise ends with. */
export async function failure(promise) {
  try {
    const value = await promise;
    return {code: grpc.status.OK, details: `OK with ${JSON.stringify(value)}`};
  } catch (error) {
    return error;
  }
}

/** Resolves with what the event of that name carries first. */
export const once = (emitter, event) => new Promise((resolve) => emitter.once(event, resolve));
