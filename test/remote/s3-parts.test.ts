/** Large files in S3: sent in parts, which go on after a failure. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuardedRemote } from '../../src/runner/cache/remote/guarded-remote.ts';
import { bodyFiles } from './body-file.ts';
import { bucketAt, never } from './bucket.ts';
import { nameOf } from './contract.ts';
import { FaultServer } from './fault-server.ts';

const fileOf = bodyFiles();

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

  const patience = { firstWaitMs: 20, slowMs: 5000 };
  const guarded = () => new GuardedRemote(bucketAt(server.url, 10), { patience });
  const put = (body = fileOf(bytes), signal = never) =>
    guarded().put('cas', name, body, { ifAbsent: false, signal });
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

  it.each([
    ['fails at each attempt', (end: (status: number, text: string) => void) => end(503, '')],
    ['is lost at each attempt', undefined],
  ])('leaves no parts behind if a part %s', async (_, act) => {
    fault = (request, destroy, end) => {
      if (!request.startsWith('PUT3')) return false;
      if (act) act(end);
      else destroy();
      return true;
    };
    await expect(put()).rejects.toMatchObject({ problem: 'busy' });
    expect(requests.filter((one) => one.startsWith('PUT3'))).toHaveLength(3);
    expect(requests.filter((one) => one.startsWith('DELETE'))).toEqual(['DELETE of u1']);
    expect(parts.size).toBe(0);
  });

  it.each(['while a part is sent', 'between two attempts'])(
    'leaves no parts behind after Ctrl-C %s',
    async (moment) => {
      const stop = new AbortController();
      fault = (request, destroy) => {
        if (!request.startsWith('PUT2')) return false;
        if (moment === 'between two attempts') {
          destroy();
          setImmediate(() => setImmediate(() => stop.abort()));
        } else stop.abort();
        return true;
      };
      await expect(put(fileOf(bytes), stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
      expect(requests.at(-1)).toBe('DELETE of u1');
      expect(parts.size).toBe(0);
    },
  );

  it('is given up in a short time if the server does not answer either', async () => {
    const stop = new AbortController();
    fault = (request) => {
      if (request === 'PUT2 of u1') stop.abort();
      return /PUT2|DELETE/.test(request);
    };
    await expect(put(fileOf(bytes), stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(requests.at(-1)).toBe('DELETE of u1');
  });

  it('begins again after an upload that was given up', async () => {
    let isDown = true;
    fault = (request, destroy) => {
      if (!isDown || !request.startsWith('PUT2')) return false;
      destroy();
      return true;
    };
    const remote = guarded();
    const again = () => remote.put('cas', name, fileOf(bytes), { ifAbsent: false, signal: never });
    await expect(again()).rejects.toMatchObject({ problem: 'busy' });
    isDown = false;
    await again();
    expect(requests.filter((one) => one === 'POST')).toHaveLength(2);
    expect(stored()?.equals(bytes)).toBe(true);
  });

  it('gets no name if the file is damaged here', async () => {
    const damaged = Buffer.from(bytes);
    damaged[15]! ^= 1;
    await expect(put(fileOf(damaged))).rejects.toMatchObject({ problem: 'wrong' });
    expect(requests.at(-1)).toBe('DELETE of u1');
    expect(stored()).toBeUndefined();
  });
});
