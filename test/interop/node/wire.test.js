// What a server puts on the wire, and what it makes of requests that no library sends.

import grpc from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach, test} from 'node:test';
import {gunzipSync, gzipSync} from 'node:zlib';

import {TestService} from './clients.js';
import {startServer} from './harness.js';
import {describe, frame, grpcStatus, RawClient} from './raw_client.js';

const {UnaryCall, EmptyCall, FullDuplexCall} = TestService.service;
const EMPTY = frame(Buffer.alloc(0));

let server;
let client;

before(async () => {
  server = await startServer('interop-server', ['--port=0', '--use_tls=false']);
});

beforeEach(() => (client = new RawClient(server)));
afterEach(() => client.close());
after(() => server?.stop());

const simpleRequest = (fields) => UnaryCall.requestSerialize(fields);

function assertStatus(outcome, code, why) {
  assert.equal(grpcStatus(outcome), code, `expected ${grpc.status[code]} for ${why}: ${describe(outcome)}`);
}

test('a good call: 200, the content type, one message, status in trailers', async () => {
  const outcome = await client.call(EmptyCall.path, EMPTY);
  assert.equal(outcome.status, 200);
  assert.match(outcome.headers['content-type'], /^application\/grpc/);
  assert.equal(outcome.trailers['grpc-status'], '0', 'the status is in the trailers');
  assert.deepEqual(outcome.body, EMPTY);
});

test('application/grpc+proto is answered', async () => {
  assertStatus(await client.call(EmptyCall.path, EMPTY, {'content-type': 'application/grpc+proto'}), 0, '+proto');
});

test('a wrong content type is 415', async () => {
  for (const type of ['application/json', 'text/plain', undefined]) {
    const outcome = await client.call(EmptyCall.path, EMPTY, {'content-type': type});
    assert.equal(outcome.status, 415, `expected 415 for content type ${type}: ${describe(outcome)}`);
  }
});

test('a method other than POST is refused', async () => {
  const outcome = await client.call(EmptyCall.path, undefined, {':method': 'GET'});
  const refused = outcome.status >= 400 || grpcStatus(outcome) > 0 || outcome.reset !== 0;
  assert.ok(refused, `expected GET to be refused: ${describe(outcome)}`);
  assertStatus(await client.call(EmptyCall.path, EMPTY), 0, 'the next call on the connection');
});

test('paths without a service or a method are UNIMPLEMENTED', async () => {
  for (const path of ['/', '/nothing', '//', '/grpc.testing.TestService/', `${EmptyCall.path}/more`]) {
    assertStatus(await client.call(path, EMPTY), grpc.status.UNIMPLEMENTED, `the path ${path}`);
  }
});

test('the server keeps the deadline by itself', async () => {
  const request = FullDuplexCall.requestSerialize({response_parameters: [{size: 1, interval_us: 20_000_000}]});
  const outcome = await client.call(FullDuplexCall.path, frame(request), {'grpc-timeout': '300m'});
  assertStatus(outcome, grpc.status.DEADLINE_EXCEEDED, 'a call of 20 s with a grpc-timeout of 300 ms');
});

test('a timeout of each unit is understood', async () => {
  for (const timeout of ['1H', '1M', '10S', '10000m', '10000000u', '99999999n', '99999999H']) {
    assertStatus(await client.call(EmptyCall.path, EMPTY, {'grpc-timeout': timeout}), 0, `the timeout ${timeout}`);
  }
});

test('binary values joined by commas are two values', async () => {
  const key = 'x-grpc-test-echo-trailing-bin';
  const outcome = await client.call(UnaryCall.path, EMPTY, {[key]: 'AAEC,/w'});
  const echoed = String(outcome.trailers[key]).split(/, ?/).map((text) => Buffer.from(text, 'base64'));
  assert.deepEqual(echoed, [Buffer.from([0, 1, 2]), Buffer.from([255])]);
});

test('a status message is percent-encoded on the wire', async () => {
  const request = simpleRequest({response_status: {code: 3, message: 'a\u263A\n% b'}});
  const outcome = await client.call(UnaryCall.path, frame(request));
  assert.equal(outcome.trailers['grpc-message'] ?? outcome.headers['grpc-message'], 'a%E2%98%BA%0A%25 b');
});

test('gzip is used when it is asked for and accepted', async () => {
  const request = frame(simpleRequest({response_size: 10_000, response_compressed: {value: true}}));
  const outcome = await client.call(UnaryCall.path, request, {'grpc-accept-encoding': 'identity,gzip'});
  assertStatus(outcome, 0, 'a compressed response');
  assert.equal(outcome.headers['grpc-encoding'], 'gzip');
  assert.equal(outcome.body[0], 1, 'the compressed flag of the response');
  assert.ok(outcome.body.length < 1000, `expected a small body, got ${outcome.body.length} bytes`);
  assert.equal(UnaryCall.responseDeserialize(gunzipSync(outcome.body.subarray(5))).payload.body.length, 10_000);
});

test('gzip is not used for a client that does not accept it', async () => {
  const request = frame(simpleRequest({response_size: 10_000, response_compressed: {value: true}}));
  const outcome = await client.call(UnaryCall.path, request, {'grpc-accept-encoding': 'identity'});
  assertStatus(outcome, 0, 'a response for a client without gzip');
  assert.equal(outcome.body[0], 0, 'the compressed flag of the response');
  assert.equal(UnaryCall.responseDeserialize(outcome.body.subarray(5)).payload.body.length, 10_000);
});

test('a gzip request is read', async () => {
  const message = gzipSync(simpleRequest({response_size: 5, expect_compressed: {value: true}}));
  const outcome = await client.call(UnaryCall.path, frame(message, {compressed: 1}), {'grpc-encoding': 'gzip'});
  assertStatus(outcome, 0, 'a gzip request');
});

test('an unknown encoding is UNIMPLEMENTED, and the reply names the known ones', async () => {
  const body = frame(Buffer.from('??'), {compressed: 1});
  const outcome = await client.call(UnaryCall.path, body, {'grpc-encoding': 'snappy'});
  assertStatus(outcome, grpc.status.UNIMPLEMENTED, 'the encoding snappy');
  assert.match(outcome.headers['grpc-accept-encoding'] ?? '', /gzip/, 'the encodings that the server accepts');
});

test('damaged messages are INTERNAL, and the connection goes on', async () => {
  const cases = {
    'the compressed flag without an encoding': [frame(Buffer.from('x'), {compressed: 1}), {}],
    'gzip that is none': [frame(Buffer.from('no gzip'), {compressed: 1}), {'grpc-encoding': 'gzip'}],
    'bytes that are no message': [frame(Buffer.from([0xff, 0xff, 0xff])), {}],
    'a message cut short': [Buffer.from([0, 0, 0, 0, 9, 1, 2]), {}],
  };
  for (const [why, [body, headers]] of Object.entries(cases)) {
    assertStatus(await client.call(UnaryCall.path, body, headers), grpc.status.INTERNAL, why);
  }
  assertStatus(await client.call(EmptyCall.path, EMPTY), 0, 'the next call on the connection');
});

test('no message, or two, for a unary call is an error', async () => {
  for (const [why, body] of [['no message', Buffer.alloc(0)], ['two messages', Buffer.concat([EMPTY, EMPTY])]]) {
    const outcome = await client.call(EmptyCall.path, body);
    const refused = [grpc.status.UNIMPLEMENTED, grpc.status.INTERNAL, grpc.status.INVALID_ARGUMENT];
    assert.ok(refused.includes(grpcStatus(outcome)), `expected an error for ${why}: ${describe(outcome)}`);
  }
});

test('a message that claims to be huge is RESOURCE_EXHAUSTED at once', async () => {
  const outcome = await client.call(UnaryCall.path, Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]));
  assertStatus(outcome, grpc.status.RESOURCE_EXHAUSTED, 'a message that claims 4 GiB');
});
