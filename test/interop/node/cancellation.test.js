// Deadlines, cancellation and back-pressure, on the service that misbehaves on request.

import grpc from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {collect, failure, once, Probe, shareServer, soon, unary} from './clients.js';
import {milliseconds} from './harness.js';

const MIB = 1024 * 1024;

let client;

shareServer('probe-server', [], Probe, (shared) => ({client} = shared));

const stats = () => unary(client, 'Stats').response;

async function awaitHanging(count) {
  const end = Date.now() + milliseconds(5000);
  let seen;
  do {
    seen = (await stats()).hanging;
    if (seen === count) return;
    await sleep(20);
  } while (Date.now() < end);
  assert.fail(`expected ${count} handlers that hang, last saw ${seen}`);
}

test('a deadline ends the call and its handler', async () => {
  const {response} = unary(client, 'Hang', {}, {options: soon(400)});
  const ended = failure(response);
  await awaitHanging(1);
  const status = await ended;
  assert.equal(status.code, grpc.status.DEADLINE_EXCEEDED, status.details);
  await awaitHanging(0);
});

test('a cancelled call ends its handler', async () => {
  const {call, response} = unary(client, 'Hang');
  const ended = failure(response);
  await awaitHanging(1);
  call.cancel();
  assert.equal((await ended).code, grpc.status.CANCELLED);
  await awaitHanging(0);
});

test('a reader that pauses holds the server back, and can go on', async () => {
  const before = await stats();
  const call = client.Flood({bytes: 1024 * MIB, message_size: 65536}, soon());
  const ended = once(call, 'error');
  assert.equal((await once(call, 'data')).data.length, 65536);
  call.pause();
  await sleep(milliseconds(500));
  const growth = (await stats()).resident - before.resident;
  const limit = process.env.PLINTH_INTEROP_SANITIZER ? 128 * MIB : 32 * MIB;
  assert.ok(growth < limit, `expected the server to grow by less than ${limit} bytes, it grew by ${growth}`);
  const next = once(call, 'data');
  call.resume();
  assert.equal((await next).data.length, 65536);
  call.cancel();
  assert.equal((await ended).code, grpc.status.CANCELLED);
});

test('a flood that is read gives every byte', async () => {
  const chunks = await collect(client.Flood({bytes: 16 * MIB, message_size: 65536}, soon()));
  assert.deepEqual(chunks.map(({data}) => data.length), Array(256).fill(65536));
});

test('a handler that throws gives INTERNAL or its status, and the server lives', async () => {
  const expected = {
    int: grpc.status.INTERNAL,
    runtime_error: grpc.status.INTERNAL,
    status: grpc.status.ABORTED,
    abort: grpc.status.ABORTED,
  };
  for (const [kind, code] of Object.entries(expected)) {
    const status = await failure(unary(client, 'Throw', {kind}).response);
    assert.equal(status.code, code, `a handler that throws ${kind}: ${status.details}`);
  }
  assert.ok((await stats()).resident > 0);
});
