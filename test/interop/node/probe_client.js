// Runs our client, the program probe-client, and reads what it tells.

import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {programEnvironment, programPath, within} from './harness.js';

// Each failure is shown as it is, unless a test wants otherwise.
const PLAIN = {GRPC__CLIENT__ENABLE_RETRY: 'false', GRPC__CLIENT__ENABLE_CIRCUIT_BREAKER: 'false'};

async function textOf(stream) {
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) text += piece;
  return text;
}

/** Runs it to its end: the calls it made, and its summary. `settings` are those of GRPC__CLIENT__, without that. */
export async function makeCalls(target, args = [], settings = {}) {
  const extra = Object.entries(settings).map(([name, value]) => [`GRPC__CLIENT__${name}`, `${value}`]);
  const folder = mkdtempSync(join(tmpdir(), 'plinth-interop-'));
  const client = spawn(programPath('probe-client'), [target, '--each', ...args], {
    cwd: folder,
    env: programEnvironment({...PLAIN, ...Object.fromEntries(extra)}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => client.once('close', (code, signal) => resolve(signal ?? code)));
  try {
    const all = Promise.all([textOf(client.stdout), textOf(client.stderr), ended]);
    const [output, errors, ending] = await within(30_000, all, `probe-client ${args.join(' ')} to end`);
    if (ending !== 0) throw new Error(`expected probe-client to exit with 0, got ${ending}\n${errors.slice(-4000)}`);
    const told = output.trim().split('\n').map((line) => JSON.parse(line));
    return {
      calls: told.filter(({call}) => call).map(({call}) => call),
      summary: told.find(({summary}) => summary).summary,
    };
  } finally {
    client.kill('SIGKILL');
    rmSync(folder, {recursive: true});
  }
}

/** One call, and what the client tells of it. */
export async function makeCall(target, args, settings) {
  return (await makeCalls(target, args, settings)).calls[0];
}
