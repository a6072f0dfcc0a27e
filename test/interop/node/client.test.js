// Our client against a server of @grpc/grpc-js: the four kinds of calls, metadata, deadlines, cancellation, gzip.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {milliseconds, within} from './harness.js';
import {makeCall, makeCalls} from './probe_client.js';
import {DETAILS, startGrpcJs} from './probe_service.js';

const MIB = 1 << 20;
const KINDS = ['Echo', 'Flood', 'Drain', 'Chat'];

let server;

before(async () => (server = await startGrpcJs()));
after(() => server?.stop());

async function callWell(...args) {
  const call = await makeCall(server.target, args);
  assert.equal(call.code, 'OK', call.message);
  return call;
}

test('all kinds of calls', async () => {
  const echo = await callWell('--method=Echo', '--size=10000', '--reply_size=20000');
  assert.deepEqual([echo.received, echo.bytes], [10000, 20000]);
  const flood = await callWell('--method=Flood', '--messages=100', '--reply_size=65536');
  assert.deepEqual([flood.messages, flood.bytes], [100, 100 * 65536]);
  const drain = await callWell('--method=Drain', '--messages=100', '--size=65536');
  assert.deepEqual([drain.messages, drain.received], [100, 100 * 65536]);
  const chat = await callWell('--method=Chat', '--messages=100', '--size=1000');
  assert.deepEqual([chat.messages, chat.bytes], [100, 100_000]);
});

test('many calls at once', async () => {
  for (const kind of KINDS) {
    const args = [`--method=${kind}`, '--calls=200', '--concurrency=50', '--size=100', '--reply_size=100'];
    const {summary} = await makeCalls(server.target, args);
    assert.deepEqual(summary.codes, {OK: 200}, JSON.stringify(summary.errors));
  }
});

test('metadata there and back', async () => {
  for (const kind of KINDS) {
    const sent = ['--metadata', 'tenant=eight', '--metadata', 'raw-bin=a b'];
    const call = await callWell(`--method=${kind}`, '--reply_size=10', ...sent);
    const seen = server.service.seen.at(-1);
    assert.equal(seen.tenant, 'eight');
    assert.equal(seen['raw-bin'].toString(), 'a b');
    assert.match(seen['user-agent'], /^plinth-c\+\+\/\d/);
    const has = (pairs, key, value) =>
      assert.ok(pairs.some((pair) => pair[0] === key && pair[1] === value), `${kind}: ${key}`);
    has(call.initial, 'probe-initial', 'yes');
    has(call.initial, 'probe-initial-bin', '00ff');
    has(call.trailing, 'probe-trailing', 'yes');
    has(call.trailing, 'probe-trailing-bin', 'fe01');
  }
});

test('code, message and details of an error', async () => {
  const call = await makeCall(server.target, ['--method=Fail', '--code=9', '--message=not now: é']);
  assert.deepEqual([call.code, call.message], ['FAILED_PRECONDITION', 'not now: é']);
  assert.equal(call.details, DETAILS.toString('hex'));
});

test('the server knows the deadline', async () => {
  const deadline = milliseconds(7000);
  const {remaining_ms: remaining} = await callWell(`--deadline_ms=${deadline}`);
  assert.ok(remaining > deadline - milliseconds(2000) && remaining <= deadline, `${remaining} ms left at the server`);
});

test('a deadline ends the call here and there', async () => {
  const hanging = await startGrpcJs();
  try {
    const call = await makeCall(hanging.target, ['--method=Hang', `--deadline_ms=${milliseconds(300)}`]);
    assert.equal(call.code, 'DEADLINE_EXCEEDED', call.message);
    await within(5000, hanging.service.cancelled, 'the handler to be cancelled');
  } finally {
    hanging.stop();
  }
});

test('a cancelled call is cancelled at the server', async () => {
  const hanging = await startGrpcJs();
  try {
    const call = await makeCall(hanging.target, ['--method=Hang', `--cancel_after_ms=${milliseconds(200)}`]);
    assert.equal(call.code, 'CANCELLED', call.message);
    await within(5000, hanging.service.cancelled, 'the handler to be cancelled');
  } finally {
    hanging.stop();
  }
});

test('gzip both ways', async () => {
  const compressing = await startGrpcJs(undefined, {'grpc.default_compression_algorithm': 2});
  try {
    for (const kind of KINDS) {
      const sizes = ['--size=100000', '--reply_size=100000', '--messages=5'];
      const call = await makeCall(compressing.target, [`--method=${kind}`, '--gzip', ...sizes]);
      assert.equal(call.code, 'OK', `${kind}: ${call.message}`);
      assert.ok(call.received + call.bytes >= 100_000, `${kind}: ${call.received} and ${call.bytes} bytes`);
    }
  } finally {
    compressing.stop();
  }
});

test('a large message both ways, and one above the limit', async () => {
  const size = 16 * MIB;
  const sizes = [`--size=${size}`, `--reply_size=${size}`];
  const call = await makeCall(server.target, sizes, {MAX_MESSAGE_SIZE: size + MIB});
  assert.deepEqual([call.code, call.received, call.bytes], ['OK', size, size], call.message);
  const refused = await makeCall(server.target, sizes);
  assert.equal(refused.code, 'RESOURCE_EXHAUSTED', refused.message);
});
