// buf curl: a client that learns everything it needs through server reflection.

import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {milliseconds, startServer} from './harness.js';

const BUF = fileURLToPath(new URL('node_modules/.bin/buf', import.meta.url));

let server;
let cache;

before(async () => {
  cache = mkdtempSync(join(tmpdir(), 'plinth-buf-'));
  server = await startServer('myservice');
});

after(async () => {
  rmSync(cache, {recursive: true});
  await server?.stop();
});

function curl(path, ...args) {
  const flags = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...args, `http://${server.address}/${path}`];
  const options = {timeout: milliseconds(20_000), env: {...process.env, BUF_CACHE_DIR: cache}};
  return new Promise((resolve) => {
    execFile(BUF, flags, options, (error, stdout, stderr) => resolve({code: error?.code ?? 0, stdout, stderr}));
  });
}

/** Runs buf curl, which must succeed, and gives the lines that it prints. */
async function lines(path, ...args) {
  const {code, stdout, stderr} = await curl(path, ...args);
  assert.equal(code, 0, `expected buf curl ${args.join(' ')} ${path} to succeed: ${stderr}`);
  return stdout.trim().split('\n');
}

/** The JSON documents that buf curl prints one after another. */
async function messages(path, ...args) {
  const text = (await lines(path, ...args)).join('\n');
  return JSON.parse(`[${text.replaceAll(/\}\s*\{/g, '},{')}]`);
}

for (const version of ['grpc-v1', 'grpc-v1alpha']) {
  test(`${version}: lists the services`, async () => {
    const services = await lines('', '--list-services', '--reflect-protocol', version);
    assert.ok(services.includes('myservice.MyService'), `got ${services}`);
    assert.ok(services.includes('grpc.health.v1.Health'), `got ${services}`);
  });

  test(`${version}: lists the methods`, async () => {
    const methods = await lines('', '--list-methods', '--reflect-protocol', version);
    for (const method of ['GetResource', 'ListResources', 'CreateResources', 'SyncResources']) {
      assert.ok(methods.includes(`myservice.MyService/${method}`), `${method} is missing in ${methods}`);
    }
  });

  test(`${version}: calls a method that it knows by reflection alone`, async () => {
    const [found] = await messages(
      'myservice.MyService/GetResource', '--reflect-protocol', version, '-d', '{"id": "123"}',
    );
    assert.deepEqual(found, {id: '123', name: 'resource 123'});
  });
}

test('server streaming', async () => {
  const listed = await messages('myservice.MyService/ListResources', '-d', '{"pageSize": 3}');
  assert.deepEqual(listed.map(({id}) => id), ['1', '2', '3']);
});

test('client streaming', async () => {
  const created = '{"id": "7001", "name": "a"} {"id": "7002", "name": "b"}';
  assert.deepEqual(await messages('myservice.MyService/CreateResources', '-d', created), [{count: 2}]);
});

test('bidirectional', async () => {
  const synced = [{id: '7003', name: 'c'}, {id: '7004', name: 'd'}];
  const data = synced.map((resource) => JSON.stringify(resource)).join(' ');
  assert.deepEqual(await messages('myservice.MyService/SyncResources', '-d', data), synced);
});

test('health', async () => {
  assert.deepEqual(await messages('grpc.health.v1.Health/Check', '-d', '{}'), [{status: 'SERVING'}]);
});

test('an error is shown with its code and message', async () => {
  const {code, stderr} = await curl('myservice.MyService/GetResource', '-d', '{"id": "no-such"}');
  const NOT_FOUND = 5;
  assert.equal(code, NOT_FOUND << 3, `the exit code, with ${stderr}`);
  assert.match(stderr, /Resource no-such not found/);
});
