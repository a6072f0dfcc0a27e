// The four call kinds, on the example service.

import grpc from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {collect, failure, MyService, once, shareServer, soon, unary, upload} from './clients.js';

let client;

shareServer('myservice', [], MyService, (shared) => ({client} = shared));

const resources = (from, count) =>
  Array.from({length: count}, (_, n) => ({id: String(from + n), name: `from node ${from + n}`}));

test('unary: the resource asked for', async () => {
  assert.deepEqual(await unary(client, 'GetResource', {id: '123'}).response, {id: '123', name: 'resource 123'});
});

test('unary: an unknown id is NOT_FOUND, with its message', async () => {
  const status = await failure(unary(client, 'GetResource', {id: 'no-such'}).response);
  assert.equal(status.code, grpc.status.NOT_FOUND, status.details);
  assert.equal(status.details, 'Resource no-such not found');
});

test('server streaming: in numeric order', async () => {
  const listed = await collect(client.ListResources({page_size: 100}, soon()));
  assert.deepEqual(listed.map(({id}) => Number(id)), Array.from({length: 100}, (_, n) => n + 1));
});

test('server streaming: a page too large is INVALID_ARGUMENT', async () => {
  const status = await failure(collect(client.ListResources({page_size: 101}, soon())));
  assert.equal(status.code, grpc.status.INVALID_ARGUMENT, status.details);
});

test('client streaming: all are stored and counted', async () => {
  assert.deepEqual(await upload(client, 'CreateResources', resources(5000, 40)).response, {count: 40});
  assert.equal((await unary(client, 'GetResource', {id: '5039'}).response).name, 'from node 5039');
});

test('client streaming: an id that exists is ALREADY_EXISTS', async () => {
  const status = await failure(upload(client, 'CreateResources', resources(200, 2)).response);
  assert.equal(status.code, grpc.status.ALREADY_EXISTS, status.details);
});

test('bidirectional: each is answered before the next is sent', async () => {
  const call = client.SyncResources(soon());
  for (const resource of resources(6000, 20)) {
    const answer = once(call, 'data');
    call.write(resource);
    assert.deepEqual(await answer, resource);
  }
  const status = once(call, 'status');
  call.resume();
  call.end();
  assert.equal((await status).code, grpc.status.OK);
});

test('an unknown service is UNIMPLEMENTED', async () => {
  const bytes = (value) => value;
  const call = new Promise((resolve, reject) => {
    const done = (error, value) => (error ? reject(error) : resolve(value));
    client.makeUnaryRequest('/no.such.Service/Get', bytes, bytes, Buffer.alloc(0), done);
  });
  assert.equal((await failure(call)).code, grpc.status.UNIMPLEMENTED);
});

test('a hundred calls at once on one connection', async () => {
  const ids = Array.from({length: 100}, (_, n) => String(n + 1));
  const found = await Promise.all(ids.map((id) => unary(client, 'GetResource', {id}).response));
  assert.deepEqual(found.map(({name}) => name), ids.map((id) => `resource ${id}`));
});
