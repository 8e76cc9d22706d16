/** Large files in S3: sent in parts, which go on after a failure. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { s3Bucket } from '../../src/remote/s3.ts';
import { GuardedRemote } from '../../src/runner/cache/remote/guarded-remote.ts';
import { contentOf, nameOf } from './contract.ts';
import { FaultServer } from './fault-server.ts';
import { noMoto, startMoto } from './moto.ts';

const never = new AbortController().signal;
const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(bytes: Buffer): { file: string; size: number } {
  const file = join(folder, 'file');
  writeFileSync(file, bytes);
  return { file, size: bytes.length };
}

const bucketAt = (url: string, partSize: number, bucket = 'lab') => {
  const environment = { ...keys, AWS_ENDPOINT_URL: url };
  const address = { kind: 's3', bucket, prefix: 'x' } as const;
  return s3Bucket(address, { root: '/', home: '/nowhere', environment }, partSize);
};

describe.skipIf(noMoto !== undefined)(`moto${noMoto ? ` (${noMoto})` : ''}`, () => {
  it('joins the parts to the file', async () => {
    const server = await startMoto('lab');
    try {
      const least = 5 << 20;
      const bytes = Buffer.alloc(2 * least + 1000, 'many bytes ');
      const remote = bucketAt(server.url, least);
      const name = nameOf(bytes);
      await remote.put('cas', name, fileOf(bytes), { ifAbsent: false, signal: never });
      expect(await remote.size('cas', name, never)).toBe(bytes.length);
      expect((await contentOf(remote, 'cas', name))?.equals(bytes)).toBe(true);
      const rest = await contentOf(remote, 'cas', name, least + 7);
      expect(rest?.equals(bytes.subarray(least + 7))).toBe(true);
      const missing = bucketAt(server.url, least, 'nobody');
      const put = missing.put('cas', name, fileOf(bytes), { ifAbsent: false, signal: never });
      await expect(put).rejects.toMatchObject({ message: 'answered 404 (NoSuchBucket)' });
    } finally {
      server.close();
    }
  });
});

describe('a file in parts', () => {
  const bytes = Buffer.from('0123456789abcdefghijklmnop');
  const name = nameOf(bytes);
  let server: FaultServer;
  let requests: string[];
  let begun: number;
  let parts: Map<string, Map<number, Buffer>>;
  /** Answers instead of the server. False: the server answers as usual. */
  let fault: (
    request: string,
    destroy: () => void,
    end: (status: number, text: string) => void,
  ) => boolean;

  beforeEach(async () => {
    requests = [];
    parts = new Map();
    begun = 0;
    fault = () => false;
    server = await new FaultServer().start();
    server.handler = (request, answer, _stored, usual) => {
      const { searchParams, pathname } = new URL(request.url!, server.url);
      const number = searchParams.get('partNumber');
      const id = searchParams.get('uploadId');
      const text = `${request.method}${number ?? ''}${id ? ` of ${id}` : ''}`;
      if (request.method !== 'GET') requests.push(text);
      const end = (status: number, body: string): void => void answer.writeHead(status).end(body);
      if (fault(text, () => answer.destroy(), end)) return;
      if (request.method === 'GET' || request.method === 'HEAD') return usual();
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const own = id === null ? undefined : parts.get(id);
        if (id === null) {
          const made = `u${++begun}`;
          parts.set(made, new Map());
          return end(200, `<X><UploadId>${made}</UploadId></X>`);
        }
        if (!own) return end(404, '<Error><Code>NoSuchUpload</Code></Error>');
        if (request.method === 'DELETE') parts.delete(id);
        else if (number) {
          own.set(Number(number), Buffer.concat(pieces));
          answer.setHeader('etag', `"tag&${number}"`);
        } else {
          const named = [...String(Buffer.concat(pieces)).matchAll(/<PartNumber>(\d+)/g)];
          server.files.set(pathname, Buffer.concat(named.map(([, one]) => own.get(Number(one))!)));
          parts.delete(id);
        }
        end(200, '');
      });
    };
  });
  afterEach(() => server.close());

  const put = (body = fileOf(bytes)) =>
    new GuardedRemote(bucketAt(server.url, 10)).put('cas', name, body, {
      ifAbsent: false,
      signal: never,
    });
  const stored = () => server.files.get(`/lab/x/cas/${name}`);

  it('is complete', async () => {
    await put();
    expect(requests).toEqual(['POST', 'PUT1 of u1', 'PUT2 of u1', 'PUT3 of u1', 'POST of u1']);
    expect(stored()?.equals(bytes)).toBe(true);
  });

  it('goes on after the last part that arrived', async () => {
    const failed = new Set<string>();
    fault = (request, destroy) => {
      if (!/PUT[23]/.test(request) || failed.has(request)) return false;
      failed.add(request);
      destroy();
      return true;
    };
    await put();
    expect(requests.filter((one) => one === 'PUT1 of u1')).toHaveLength(1);
    expect(requests.filter((one) => one === 'POST')).toHaveLength(1);
    expect(stored()?.equals(bytes)).toBe(true);
  });

  it('begins again if the server has forgotten the parts', async () => {
    fault = (request) => {
      if (request === 'POST of u1') parts.delete('u1');
      return false;
    };
    await put();
    expect(requests.filter((one) => one === 'POST')).toHaveLength(2);
    expect(stored()?.equals(bytes)).toBe(true);
  });

  it('is no file if the server could not join the parts', async () => {
    fault = (request, _destroy, end) => {
      if (!request.startsWith('POST of')) return false;
      end(200, '<Error><Code>InternalError</Code></Error>');
      return true;
    };
    await expect(put()).rejects.toMatchObject({ message: 'could not join a file (InternalError)' });
    expect(stored()).toBeUndefined();
  });

  it('leaves no parts behind if it is refused', async () => {
    fault = (request, _destroy, end) => {
      if (!request.startsWith('PUT3')) return false;
      end(403, '');
      return true;
    };
    await expect(put()).rejects.toMatchObject({ problem: 'refused' });
    expect(requests.at(-1)).toBe('DELETE of u1');
    expect(parts.size).toBe(0);
  });

  it('gets no name if the file is damaged here', async () => {
    const damaged = Buffer.from(bytes);
    damaged[15]! ^= 1;
    await expect(put(fileOf(damaged))).rejects.toMatchObject({ problem: 'wrong' });
    expect(requests.at(-1)).toBe('DELETE of u1');
    expect(stored()).toBeUndefined();
  });
});
