// Load reports (ORCA): our client against a server of @grpc/grpc-js, and its readers of reports against our server.

import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {promisify} from 'node:util';

import grpc from '@grpc/grpc-js';
import {createMetricsReader, createOrcaClient} from '@grpc/grpc-js/build/src/orca.js';

import {shareServer, soon, TestService, unary} from './clients.js';
import {milliseconds, programEnvironment, programPath} from './harness.js';

let client;

shareServer('interop-server', ['--port=0', '--use_tls=false'], TestService, (shared) => ({client} = shared));

/** Says of each call what it is asked to say. */
function reportingCall(call, reply) {
  const report = call.request.orca_per_query_report;
  const recorder = call.getMetricsRecorder();
  recorder.recordCPUUtilizationMetric(report.cpu_utilization);
  recorder.recordMemoryUtilizationMetric(report.memory_utilization);
  for (const [name, value] of Object.entries(report.request_cost)) recorder.recordRequestCostMetric(name, value);
  for (const [name, value] of Object.entries(report.utilization)) recorder.recordUtilizationMetric(name, value);
  reply(null, {});
}

test('our client reads what a call has cost', async () => {
  const theirs = new grpc.Server({'grpc.server_call_metric_recording': 1});
  theirs.addService(TestService.service, {UnaryCall: reportingCall});
  try {
    const port = await promisify(theirs.bindAsync.bind(theirs))('127.0.0.1:0', grpc.ServerCredentials.createInsecure());
    const args = ['--server_host=127.0.0.1', `--server_port=${port}`, '--test_case=orca_per_rpc'];
    const limits = {env: programEnvironment({}), timeout: milliseconds(20_000)};
    const {stdout} = await promisify(execFile)(programPath('interop-client'), args, limits);
    assert.match(stdout, /^orca_per_rpc: ok/m);
  } finally {
    theirs.forceShutdown();
  }
});

test('what a call of our server has cost', async () => {
  const asked = {cpu_utilization: 0.821, memory_utilization: 0.5847, request_cost: {cost: 3456.32}};
  const {call, response} = unary(client, 'UnaryCall', {orca_per_query_report: asked});
  const status = new Promise((resolve) => call.once('status', resolve));
  await response;
  const {code, details, metadata} = await status;
  let report;
  createMetricsReader((read) => (report = read), null)(code, details, metadata);
  assert.deepEqual([report.cpu_utilization, report.mem_utilization], [0.821, 0.5847]);
  assert.deepEqual(report.request_cost, {cost: 3456.32});
});

test('the load of our server, beside the calls', async () => {
  const reports = createOrcaClient(client.getChannel()).streamCoreMetrics({report_interval: {nanos: 1e8}}, soon());
  const call = client.FullDuplexCall(soon());
  for (const ended of [reports, call]) ended.on('error', () => {});
  call.write({orca_oob_report: {cpu_utilization: 0.29309, utilization: {util: 0.2039}}});
  let told;
  for await (const report of reports) {
    told = report;
    if (report.cpu_utilization > 0) break;
  }
  assert.deepEqual([told.cpu_utilization, told.utilization], [0.29309, {util: 0.2039}]);
  for (const open of [reports, call]) open.cancel();
});
