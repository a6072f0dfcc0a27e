// Metadata, statuses, large and compressed messages, on the official test service.

import grpc from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {collect, failure, metadataOf, once, shareServer, soon, TestService, unary, upload} from './clients.js';

const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';
const EVERY_BYTE = Buffer.from(Array.from({length: 256}, (_, n) => n));

let server;
let client;

shareServer('interop-server', ['--port=0', '--use_tls=false'], TestService, (shared) => ({server, client} = shared));

async function echo(metadata) {
  const {call, response} = unary(client, 'UnaryCall', {response_size: 1}, {metadata});
  const [initial, status] = await Promise.all([once(call, 'metadata'), once(call, 'status'), response]);
  return {initial: initial.get(INITIAL), trailing: status.metadata.get(TRAILING)};
}

test('text comes back as initial metadata, bytes as trailing', async () => {
  const {initial, trailing} = await echo(metadataOf([[INITIAL, 'a value'], [TRAILING, EVERY_BYTE]]));
  assert.deepEqual(initial, ['a value']);
  assert.deepEqual(trailing, [EVERY_BYTE]);
});

test('two binary values of one key keep their order', async () => {
  const sent = [Buffer.from([0, 1, 2]), Buffer.from([255])];
  const {trailing} = await echo(metadataOf(sent.map((value) => [TRAILING, value])));
  assert.deepEqual(trailing, sent);
});

test('a status message keeps every character', async () => {
  const message = '\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP \u{1F608}\t\n 100%';
  const status = await failure(unary(client, 'UnaryCall', {response_status: {code: 2, message}}).response);
  assert.equal(status.code, grpc.status.UNKNOWN);
  assert.equal(status.details, message);
});

test('almost 4 MiB both ways', async () => {
  const size = Math.floor(3.9 * 1024 * 1024);
  const request = {response_size: size, payload: {body: Buffer.alloc(size)}};
  assert.equal((await unary(client, 'UnaryCall', request).response).payload.body.length, size);
});

test('a request above 4 MiB is RESOURCE_EXHAUSTED, and the next call is answered', async () => {
  const request = {payload: {body: Buffer.alloc(4 * 1024 * 1024 + 1)}};
  const status = await failure(unary(client, 'UnaryCall', request).response);
  assert.equal(status.code, grpc.status.RESOURCE_EXHAUSTED, status.details);
  assert.deepEqual(await unary(client, 'EmptyCall').response, {});
});

test('gzip both ways', async () => {
  const gzip = new grpc.Client(server.address, grpc.credentials.createInsecure(), {
    'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
    'grpc.use_local_subchannel_pool': 1,
  });
  const {UnaryCall} = TestService.service;
  const request = {
    response_size: 314159,
    payload: {body: Buffer.alloc(271828)},
    expect_compressed: {value: true},
    response_compressed: {value: true},
  };
  const response = await new Promise((resolve, reject) => {
    const done = (error, value) => (error ? reject(error) : resolve(value));
    gzip.makeUnaryRequest(UnaryCall.path, UnaryCall.requestSerialize, UnaryCall.responseDeserialize, request, done);
  });
  gzip.close();
  assert.equal(response.payload.body.length, 314159);
});

test('client streaming sums the payloads', async () => {
  const requests = [27182, 8, 1828, 45904].map((size) => ({payload: {body: Buffer.alloc(size)}}));
  assert.deepEqual(await upload(client, 'StreamingInputCall', requests).response, {aggregated_payload_size: 74922});
});

test('server streaming gives the sizes asked for', async () => {
  const sizes = [31415, 9, 2653, 58979];
  const request = {response_parameters: sizes.map((size) => ({size}))};
  const messages = await collect(client.StreamingOutputCall(request, soon()));
  assert.deepEqual(messages.map(({payload}) => payload.body.length), sizes);
});
