// Throw-away certificates, made by the openssl program.

import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const openssl = (...args) => execFileSync('openssl', args, {stdio: ['ignore', 'ignore', 'pipe']});
const newKey = (file) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file];

function filesOf(folder, name) {
  const file = join(folder, `${name}.pem`);
  const keyFile = join(folder, `${name}.key`);
  return {file, keyFile, pem: () => readFileSync(file), keyPem: () => readFileSync(keyFile)};
}

/** Signs the certificates of others. */
export class Authority {
  constructor(parent, name) {
    this.folder = join(parent, name);
    mkdirSync(this.folder);
    this.own = filesOf(this.folder, 'ca');
    const {file, keyFile} = this.own;
    openssl('req', '-x509', ...newKey(keyFile), '-subj', `/CN=${name}`, '-days', '2', '-out', file);
    this.#write('index', '');
    this.#write(
      'config',
      `[ca]
default_ca = own
[own]
database = ${this.folder}/index
new_certs_dir = ${this.folder}
serial = ${this.folder}/serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`,
    );
  }

  /** A new certificate, valid until `end`. */
  sign(name, {names = 'DNS:localhost,IP:127.0.0.1', end = '20491231235959Z'} = {}) {
    const made = filesOf(this.folder, name);
    const request = join(this.folder, `${name}.csr`);
    openssl('req', '-new', ...newKey(made.keyFile), '-subj', `/CN=${name}`, '-out', request);
    const extensions = this.#write(`${name}.ext`, `subjectAltName=${names}`);
    const signer = ['-config', join(this.folder, 'config'), '-cert', this.own.file, '-keyfile', this.own.keyFile];
    const dates = ['-startdate', '20200101000000Z', '-enddate', end];
    const wanted = ['-rand_serial', '-in', request, '-out', made.file, '-extfile', extensions];
    openssl('ca', '-batch', '-notext', ...signer, ...dates, ...wanted);
    return made;
  }

  #write(name, text) {
    const file = join(this.folder, name);
    writeFileSync(file, text);
    return file;
  }
}
