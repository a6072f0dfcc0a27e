// Our client's TLS and mutual TLS with a server of @grpc/grpc-js, and what it says when a certificate is not right.

import grpc from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import {Authority} from './certificates.js';
import {makeCall} from './probe_client.js';
import {startGrpcJs} from './probe_service.js';

let folder;
let ours;
let strangers;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-interop-'));
  ours = new Authority(folder, 'ours');
  strangers = new Authority(folder, 'strangers');
});
after(() => rmSync(folder, {recursive: true}));

/** One call to a server with this certificate, which wants one of its clients if it has an authority for them. */
async function call({server: shown, clients, client, args = []}) {
  const keys = [{private_key: shown.keyPem(), cert_chain: shown.pem()}];
  const credentials = grpc.ServerCredentials.createSsl(clients?.own.pem() ?? null, keys, clients !== undefined);
  const server = await startGrpcJs(credentials);
  try {
    const identity = client && {TLS__CERT_FILE: client.file, TLS__KEY_FILE: client.keyFile};
    return await makeCall(server.target, ['--secure', ...args], {TLS__CA_FILE: ours.own.file, ...identity});
  } finally {
    server.stop();
  }
}

function assertRefused({code, message}, pattern) {
  assert.equal(code, 'UNAVAILABLE', message);
  assert.match(message, pattern);
}

test('all kinds of calls', async () => {
  const server = ours.sign('good');
  for (const kind of ['Echo', 'Flood', 'Drain', 'Chat']) {
    const {code, message} = await call({server, args: [`--method=${kind}`, '--size=100000', '--reply_size=100000']});
    assert.equal(code, 'OK', `${kind}: ${message}`);
  }
});

test('a certificate for another host', async () => {
  const server = ours.sign('elsewhere', {names: 'DNS:elsewhere.example'});
  assertRefused(await call({server}), /elsewhere\.example.*'127\.0\.0\.1'/);
});

test('a certificate by an authority that is not known', async () => {
  assertRefused(await call({server: strangers.sign('unknown')}), /unknown authority: 'CN=strangers'/);
});

test('a certificate that has expired', async () => {
  assertRefused(await call({server: ours.sign('old', {end: '20210203000000Z'})}), /expired.*2021/);
});

test('a client that the server knows', async () => {
  const {code, message} = await call({server: ours.sign('server'), clients: ours, client: ours.sign('client')});
  assert.equal(code, 'OK', message);
});

test('a client without a certificate', async () => {
  assertRefused(await call({server: ours.sign('server'), clients: ours}), /127\.0\.0\.1/);
});

test('a client that the server does not know', async () => {
  const client = strangers.sign('client');
  assertRefused(await call({server: ours.sign('server'), clients: ours, client}), /127\.0\.0\.1/);
});
