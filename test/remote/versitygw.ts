/** versitygw, an S3 server that keeps its files in a folder. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort, listening } from './nginx.ts';
import type { S3Server } from './s3-servers.ts';

/** Where "go install" puts it. */
const installed = process.env.GOBIN ?? join(process.env.GOPATH ?? join(homedir(), 'go'), 'bin');
const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}${installed}` };

/** Why the tests with it are skipped. */
export const noVersitygw =
  spawnSync('versitygw', ['--version'], { env }).status === 0
    ? undefined
    : 'versitygw is not installed (go install github.com/versity/versitygw/cmd/versitygw@latest)';

/** `log`: a file for a line per request. */
export async function startVersitygw(bucket: string, log?: string): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'versitygw-'));
  const [files, metadata] = ['files', 'metadata'].map((name) => join(folder, name));
  mkdirSync(join(files!, bucket), { recursive: true });
  mkdirSync(metadata!);
  const address = `127.0.0.1:${await freePort()}`;
  const output = log === undefined ? 'ignore' : openSync(log, 'w');
  const keys = ['--access', 'id', '--secret', 'secret', '--keep-alive'];
  // Not every file system has extended attributes.
  const args = ['--port', address, ...keys, 'posix', '--sidecar', metadata!, files!];
  const child = spawn('versitygw', args, { env, stdio: ['ignore', output, output] });
  if (typeof output === 'number') closeSync(output);
  await listening(Number(address.split(':')[1]), child);
  const close = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `http://${address}`, close };
}
