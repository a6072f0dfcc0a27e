// Rich errors, read by grpc-js.

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import protobuf from 'protobufjs';

import {failure, shareServer, unary} from './clients.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const {Chain} = grpc.loadPackageDefinition(protoLoader.loadSync(`${root}test/protos/plinth/test/chain.proto`)).plinth.test;
const types = protobuf.loadSync(['status', 'error_details'].map((name) => `${root}protos/google/rpc/${name}.proto`));

let client;

shareServer('chain-server', ['--details'], Chain, (shared) => ({client} = shared));

/** The details of a failed call, by the names of their types. */
function detailsOf(error) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const status = types.lookupType('google.rpc.Status').decode(bytes);
  assert.deepEqual([status.code, status.message], [error.code, error.details]);
  return Object.fromEntries(
    status.details.map(({type_url: url, value}) => {
      const name = url.slice(url.lastIndexOf('/') + 1);
      const type = types.lookupType(name);
      return [name, type.toObject(type.decode(value))];
    }),
  );
}

const thrown = (error) => failure(unary(client, 'Unary', {end: 'THROW', error, message: 'too large'}).response);

test('a validation error names its field', async () => {
  const error = await thrown('ValidationError');
  assert.equal(error.code, grpc.status.INVALID_ARGUMENT, error.details);
  assert.deepEqual(detailsOf(error), {
    'google.rpc.BadRequest': {fieldViolations: [{field: 'page_size', description: 'too large'}]},
    'google.rpc.ErrorInfo': {reason: 'INVALID_ARGUMENT', domain: 'plinth.test.Chain'},
  });
});

test('an exception tells only its code', async () => {
  const error = await thrown('runtime_error');
  assert.equal(error.details, 'Internal server error');
  assert.deepEqual(detailsOf(error), {'google.rpc.ErrorInfo': {reason: 'INTERNAL', domain: 'plinth.test.Chain'}});
});
