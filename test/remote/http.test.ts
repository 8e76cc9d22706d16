/** A web server as a remote: the rules with a real nginx, and credentials. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { netrcEntry } from '../../src/remote/netrc.ts';
import { webServer } from '../../src/remote/web-server.ts';
import { contentOf, describeRemote, nameOf } from './contract.ts';
import { FaultServer } from './fault-server.ts';
import { noNginx, type Server, startNginx } from './nginx.ts';

const options = { root: '/', home: '/nowhere', environment: {} };
const never = new AbortController().signal;
let server: Server;
let count = 0;

describe.skipIf(noNginx !== undefined)(`nginx${noNginx ? ` (${noNginx})` : ''}`, () => {
  beforeAll(async () => {
    server = await startNginx();
  });
  afterAll(() => server.close());

  describeRemote('nginx with WebDAV', () => {
    const prefix = `project-${count++}`;
    return {
      remote: webServer(`${server.url}/${prefix}`, options),
      lose: (digest) => rmSync(join(server.root, prefix, 'cas', digest), { force: true }),
      // It ignores the condition of a PUT.
      keepsFirst: false,
    };
  });

  it('gets the credentials of .netrc, and only those of its host', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'netrc-'));
    writeFileSync(join(folder, 'users'), 'me:{PLAIN}secret\n');
    const auth = `auth_basic cache; auth_basic_user_file ${folder}/users;`;
    const closed = await startNginx(`limit_except GET HEAD { ${auth} }`);
    const key = nameOf('x');
    const put = (netrc: string) => {
      const file = join(folder, '.netrc');
      writeFileSync(file, netrc);
      const remote = webServer(closed.url, { ...options, home: folder });
      const body = { bytes: Buffer.from('x'), size: 1 };
      return remote.put('cas', key, body, { ifAbsent: false, signal: never });
    };
    try {
      await expect(put('')).rejects.toMatchObject({ problem: 'refused' });
      const stranger = 'machine example.org login me password secret';
      await expect(put(stranger)).rejects.toMatchObject({ problem: 'refused' });
      const wrong = 'machine 127.0.0.1 login me password wrong';
      await expect(put(wrong)).rejects.toMatchObject({
        problem: 'refused',
        advice: expect.stringContaining('.netrc'),
      });
      await put('machine 127.0.0.1\n  login me\n  password secret\n');
      // Anybody may read.
      const remote = webServer(closed.url, options);
      expect(String(await contentOf(remote, 'cas', key))).toBe('x');
    } finally {
      closed.close();
    }
  });

  it('says what to do if it allows no large files', async () => {
    const small = await startNginx('client_max_body_size 1k;');
    try {
      const body = { bytes: Buffer.alloc(5000), size: 5000 };
      const remote = webServer(small.url, options);
      const put = remote.put('cas', nameOf('x'), body, { ifAbsent: false, signal: never });
      await expect(put).rejects.toMatchObject({
        problem: 'wrong',
        message: 'answered 413: a file is too large for it',
        advice: expect.stringContaining('client_max_body_size'),
      });
    } finally {
      small.close();
    }
  });
});

it('a token that can not be sent is a problem of the cache', async () => {
  const remote = webServer('http://127.0.0.1:9', { ...options, token: 'two\nlines' });
  const problem = { problem: 'refused', message: expect.stringContaining('PIPELINE_CACHE_TOKEN') };
  await expect(remote.size('cas', 'x', never)).rejects.toMatchObject(problem);
});

describe('a server that stores nothing', () => {
  const answers = async (status: number, text = ''): Promise<FaultServer> => {
    const server = await new FaultServer().start();
    server.handler = (_request, answer) => void answer.writeHead(status).end(text);
    return server;
  };
  const put = ({ url }: FaultServer) => {
    const body = { bytes: Buffer.from('x'), size: 1 };
    return webServer(url, options).put('ac', nameOf('x'), body, { ifAbsent: true, signal: never });
  };

  it.each([
    [405, 'whether the server allows PUT'],
    [501, 'whether the server allows PUT'],
    [409, 'create_full_put_path'],
    [507, 'the disk of the server is full'],
  ])('says what to do about %i', async (status, advice) => {
    const server = await answers(status);
    const problem = { problem: 'refused', advice: expect.stringContaining(advice) };
    await expect(put(server)).rejects.toMatchObject(problem);
    server.close();
  });

  it('because another machine stores the same at this moment is no problem', async () => {
    const server = await answers(409, '<Error><Code>ConditionalRequestConflict</Code></Error>');
    await put(server);
    server.close();
  });
});

describe('.netrc', () => {
  const text = `
# machine commented login no password no
machine one.org login me password "a \\"quoted\\" one"
macdef init
machine in.a.macro login no password no

machine two.org
  login you
  account x
  password pw
default login any password one
`;
  it.each([
    ['one.org', { login: 'me', password: 'a "quoted" one' }],
    ['two.org', { login: 'you', password: 'pw' }],
    ['commented', { login: 'any', password: 'one' }],
    ['in.a.macro', { login: 'any', password: 'one' }],
  ])('has the entry of %s', (host, entry) => {
    expect(netrcEntry(text, host)).toEqual(entry);
  });

  it('may have no entry of a host', () => {
    expect(netrcEntry('machine a.org login x password y', 'b.org')).toBeUndefined();
    expect(netrcEntry('', 'b.org')).toBeUndefined();
  });
});
