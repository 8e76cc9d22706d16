/** An S3 server of the Python package moto, which runs on this machine. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { freePort, listening } from './nginx.ts';
import type { S3Server } from './s3-servers.ts';

const found = spawnSync('moto_server', ['--help'], { encoding: 'utf8' });

/** Why the tests with it are skipped. */
export const noMoto =
  found.status === 0 ? undefined : 'moto_server is not installed (pip install "moto[server,s3]")';

/** `log`: a file for a line per request. */
export async function startMoto(bucket: string, log?: string): Promise<S3Server> {
  const port = await freePort();
  const output = log === undefined ? 'ignore' : openSync(log, 'w');
  const stdio = ['ignore', output, output] as const;
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: [...stdio],
  });
  if (typeof output === 'number') closeSync(output);
  await listening(port, child);
  const url = `http://127.0.0.1:${port}`;
  const made = await fetch(`${url}/${bucket}`, {
    method: 'PUT',
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request' },
  });
  if (!made.ok) throw new Error(`the bucket could not be made: ${await made.text()}`);
  return { url, close: () => child.kill('SIGKILL') };
}
