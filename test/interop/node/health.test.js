// The health service, through the definition that grpc-health-check publishes.

import grpc from '@grpc/grpc-js';
import health from 'grpc-health-check';
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {connect, failure, once, shareServer, soon, unary} from './clients.js';
import {startServer} from './harness.js';

const Health = grpc.makeGenericClientConstructor(health.service, 'Health');

let client;

shareServer('myservice', [], Health, (shared) => ({client} = shared));

for (const service of ['', 'myservice.MyService']) {
  test(`check of '${service}' is SERVING`, async () => {
    assert.equal((await unary(client, 'check', {service}).response).status, 'SERVING');
  });
}

test('check of an unknown name is NOT_FOUND', async () => {
  const status = await failure(unary(client, 'check', {service: 'no.such'}).response);
  assert.equal(status.code, grpc.status.NOT_FOUND, status.details);
});

test('list names the server and its service', async () => {
  const {statuses} = await unary(client, 'list').response;
  assert.equal(statuses['']?.status, 'SERVING');
  assert.equal(statuses['myservice.MyService']?.status, 'SERVING');
});

test('watch tells the status and stays open', async () => {
  const call = client.watch({service: 'myservice.MyService'}, soon(500));
  const ended = once(call, 'error');
  assert.equal((await once(call, 'data')).status, 'SERVING');
  assert.equal((await ended).code, grpc.status.DEADLINE_EXCEEDED);
});

test('watch of an unknown name says SERVICE_UNKNOWN and stays open', async () => {
  const call = client.watch({service: 'no.such'}, soon(500));
  const ended = once(call, 'error');
  assert.equal((await once(call, 'data')).status, 'SERVICE_UNKNOWN');
  assert.equal((await ended).code, grpc.status.DEADLINE_EXCEEDED);
});

test('watch is told NOT_SERVING when the server stops', async () => {
  const stopping = await startServer('myservice', [], {GRPC__SERVER__SHUTDOWN_GRACE: '1'});
  const watcher = connect(Health, stopping);
  const call = watcher.watch({service: ''}, soon());
  call.on('error', () => {});
  assert.equal((await once(call, 'data')).status, 'SERVING');
  const told = once(call, 'data');
  await Promise.all([stopping.stop(), told]);
  assert.equal((await told).status, 'NOT_SERVING');
  watcher.close();
});
