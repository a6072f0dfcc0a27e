// Starts a server program, learns where it listens, and always stops it.

import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

const SLOWER = process.env.PLINTH_INTEROP_SANITIZER ? 4 : 1;
const FOREIGN = /^(GRPC__|OBSERVABILITY__|SECURITY__|MYSERVICE_|OTEL_)/i;

/** That many milliseconds, and more under a sanitizer. */
export const milliseconds = (plain) => plain * SLOWER;

/** The environment of this process without what is set for other runs, and with what is given. */
export function programEnvironment(extra) {
  const kept = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
  return {
    ...Object.fromEntries(kept),
    GRPC__SERVER__HOST: '127.0.0.1',
    GRPC__SERVER__PORT: '0',
    OBSERVABILITY__METRICS_PORT: '0',
    MYSERVICE_DATABASE: ':memory:',
    ...extra,
  };
}

function addressIn(line) {
  try {
    const entry = JSON.parse(line);
    return entry.event === 'grpc_server_started' ? entry.address : undefined;
  } catch {
    return undefined;
  }
}

/** Rejects with `what` when the promise takes longer than it may. */
export async function within(plain, promise, what) {
  const limit = milliseconds(plain);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`expected ${what} within ${limit} ms`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export function programPath(program) {
  const folder = process.env.PLINTH_INTEROP_BIN;
  if (!folder) throw new Error('PLINTH_INTEROP_BIN is not set: use test/interop/run --bin <folder>');
  const path = join(folder, program);
  if (!existsSync(path)) throw new Error(`there is no program ${path}: build it first`);
  return path;
}

class Server {
  constructor(program, args, environment) {
    const path = programPath(program);
    this.program = program;
    this.folder = mkdtempSync(join(tmpdir(), 'plinth-interop-'));
    this.output = [];
    this.process = spawn(path, args, {
      cwd: this.folder,
      env: programEnvironment(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = new Promise((resolve) => {
      this.process.on('error', (error) => resolve(`an error: ${error.message}`));
      this.process.on('exit', (code, signal) => resolve(signal ?? code));
    });
  }

  /** Resolves with the address that the server logs when it listens. */
  started() {
    return new Promise((resolve, reject) => {
      createInterface({input: this.process.stdout}).on('line', (line) => {
        this.#keep(line);
        const address = addressIn(line);
        if (address) resolve(address);
      });
      createInterface({input: this.process.stderr}).on('line', (line) => this.#keep(line));
      this.ended.then((ending) => reject(new Error(`it ended with ${ending}`)));
    });
  }

  #keep(line) {
    this.output.push(line);
    if (this.output.length > 40) this.output.shift();
  }

  /** Stops the server, and checks that it ended well. */
  async stop() {
    this.process.kill('SIGTERM');
    try {
      const ending = await within(10_000, this.ended, `${this.program} to stop after SIGTERM`);
      if (ending !== 0) throw new Error(`expected ${this.program} to exit with 0, got ${ending}`);
    } catch (error) {
      error.message += `\n--- its last output ---\n${this.output.join('\n')}`;
      throw error;
    } finally {
      this.process.kill('SIGKILL');
      rmSync(this.folder, {recursive: true});
    }
  }
}

/** Starts `program` and waits until it listens; `address` is what a client dials. */
export async function startServer(program, args = [], environment = {}) {
  const server = new Server(program, args, environment);
  process.once('exit', () => server.process.kill('SIGKILL'));
  try {
    server.address = await within(10_000, server.started(), `${program} to log grpc_server_started`);
  } catch (error) {
    server.process.kill('SIGKILL');
    rmSync(server.folder, {recursive: true});
    throw new Error(`${program} did not start: ${error.message}\n${server.output.join('\n')}`);
  }
  return server;
}
