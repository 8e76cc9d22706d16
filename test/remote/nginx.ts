/** A real nginx with WebDAV on a free port. Undefined if it is not installed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const found = spawnSync('sh', ['-c', 'PATH="$PATH:/usr/sbin" nginx -V 2>&1']).stdout?.toString();

/** Why the tests with nginx are skipped. */
export const noNginx = !found?.includes('nginx version')
  ? 'nginx is not installed'
  : found.includes('http_dav_module')
    ? undefined
    : 'nginx has no WebDAV module';

export interface Server {
  readonly url: string;
  /** The folder that it serves. */
  readonly root: string;
  /** A file with a line per request. */
  readonly log: string;
  readonly close: () => void;
}

export async function startNginx(location = ''): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  const root = join(folder, 'files');
  mkdirSync(root);
  const port = await freePort();
  const own = ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) =>
    name === 'body'
      ? `client_body_temp_path ${folder}/body;`
      : `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http {
  access_log ${folder}/access.log; ${own.join(' ')}
  server {
    listen 127.0.0.1:${port}; root ${root}; client_max_body_size 0;
    location / { dav_methods PUT; create_full_put_path on; ${location} }
  }
}
`,
  );
  const path = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const args = ['-c', `${folder}/nginx.conf`, '-e', `${folder}/error.log`];
  const child = spawn('nginx', args, { env: path, stdio: 'inherit' });
  await listening(port, child);
  return {
    url: `http://127.0.0.1:${port}`,
    root,
    log: join(folder, 'access.log'),
    close: () => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export async function listening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (isThere) return;
    await wait(20);
  }
  throw new Error(`the server ended with exit code ${child.exitCode}`);
}
