import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FetchOptions, fetchFile } from '../../../src/datasets/sources/fetch-file.ts';
import { FileServer } from './file-server.ts';

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 37) % 251);
const others = Uint8Array.from({ length: 900 }, (_, i) => (i * 41) % 241);

let server: FileServer;
let folder: string;
let path: string;

beforeEach(async () => {
  server = new FileServer();
  await server.open();
  server.files.set('file', { bytes, etag: '"one"' });
  folder = mkdtempSync(join(tmpdir(), 'fetch-'));
  path = join(folder, 'file');
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function get(options: Partial<FetchOptions> = {}): Promise<void> {
  return fetchFile(server.url('file'), path, {
    signal: new AbortController().signal,
    onProgress: () => undefined,
    backoffSeconds: 0.001,
    ...options,
  });
}

/** Cuts the held connection as soon as this many bytes have arrived, for each number in turn. */
function cuttingAt(...places: number[]): Pick<FetchOptions, 'onProgress'> {
  return {
    onProgress: (received) => {
      if (received !== places[0]) return;
      places.shift();
      server.cut();
    },
  };
}

function expectWhole(content = bytes): void {
  expect(Uint8Array.from(readFileSync(path))).toEqual(content);
  expect(readdirSync(folder)).toEqual(['file']);
}

describe('fetchFile', () => {
  it('downloads the file, reports its progress, and leaves nothing else', async () => {
    const reports: (number | undefined)[][] = [];
    await get({ onProgress: (...progress) => reports.push(progress) });
    expectWhole();
    expect(reports.at(-1)).toEqual([1000, 1000]);
    expect(server.requests).toEqual([{ path: 'file', range: undefined, ifRange: undefined }]);
  });

  it('continues after each cut, if the file is still the same', async () => {
    server.faults.push({ holdAfter: 300 }, { holdAfter: 250 });
    const reports: (number | undefined)[][] = [];
    const { onProgress } = cuttingAt(300, 550);
    await get({
      onProgress: (received, total) => {
        reports.push([received, total]);
        onProgress(received, total);
      },
    });
    expectWhole();
    expect(server.ranges).toEqual([undefined, 'bytes=300-', 'bytes=550-']);
    expect(server.requests.map((request) => request.ifRange)).toEqual([
      undefined,
      '"one"',
      '"one"',
    ]);
    expect(reports).toContainEqual([550, 1000]);
    expect(reports.every(([, total]) => total === 1000)).toBe(true);
  });

  it('starts again if the file has changed', async () => {
    server.faults.push({ holdAfter: 300 });
    await get({
      onProgress: (received) => {
        if (received !== 300) return;
        server.files.set('file', { bytes: others, etag: '"two"' });
        server.cut();
      },
    });
    expectWhole(others);
    expect(server.ranges).toEqual([undefined, 'bytes=300-']);
  });

  it('starts again if the server does not serve parts', async () => {
    server.files.set('file', { bytes, etag: '"one"', wholeOnly: true });
    server.faults.push({ holdAfter: 300 });
    await get(cuttingAt(300));
    expectWhole();
  });

  it('identifies a file by its modification time if there is no etag', async () => {
    const lastModified = 'Tue, 05 Mar 2024 12:00:00 GMT';
    server.files.set('file', { bytes, lastModified });
    server.faults.push({ holdAfter: 300 });
    await get(cuttingAt(300));
    expectWhole();
    expect(server.requests[1]).toMatchObject({ range: 'bytes=300-', ifRange: lastModified });
  });

  it('does not request a part of a file that it could not identify', async () => {
    server.files.set('file', { bytes });
    server.faults.push({ holdAfter: 300 });
    await get(cuttingAt(300));
    expectWhole();
    expect(server.ranges).toEqual([undefined, undefined]);
  });

  it('accepts a file of unknown length, and detects a cut', async () => {
    server.files.set('file', { bytes, etag: '"one"', unmeasured: true });
    server.faults.push({ holdAfter: 300 });
    const totals = new Set<number | undefined>();
    const { onProgress } = cuttingAt(300);
    await get({
      onProgress: (received, total) => {
        totals.add(total);
        onProgress(received, total);
      },
    });
    expectWhole();
    expect(totals).toEqual(new Set([undefined]));
  });

  it('continues the download of an earlier process', async () => {
    server.faults.push({ holdAfter: 400 });
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error('killed'));
    await expect(get({ signal: abort.signal, onProgress })).rejects.toThrow('killed');
    expect(existsSync(path)).toBe(false);
    await get();
    expectWhole();
    expect(server.ranges).toEqual([undefined, 'bytes=400-']);
  });

  it('does not trust a partial file that it can not identify', async () => {
    writeFileSync(`${path}.part`, 'something else');
    await get();
    expectWhole();
    expect(server.ranges).toEqual([undefined]);
  });

  it('accepts a partial file that is complete, because a process was killed just before the end', async () => {
    writeFileSync(`${path}.part`, bytes);
    writeFileSync(`${path}.tag`, '"one"');
    await get();
    expectWhole();
    expect(server.ranges).toEqual(['bytes=1000-']);
  });

  it('starts again if the partial file is longer than the file', async () => {
    writeFileSync(`${path}.part`, new Uint8Array(1200));
    writeFileSync(`${path}.tag`, '"one"');
    await get();
    expectWhole();
  });

  it.each([500, 503, 429])('tries again after a %d', async (status) => {
    server.faults.push({ status }, { status });
    await get();
    expectWhole();
    expect(server.requests).toHaveLength(3);
  });

  it('gives up after its retries, with the last error', async () => {
    server.faults.push({ status: 500 }, { status: 500 }, { status: 503 });
    await expect(get({ retries: 2 })).rejects.toThrow('the server answered 503');
    expect(server.requests).toHaveLength(3);
  });

  it.each([404, 403, 410])('gives up on a %d at once', async (status) => {
    server.faults.push({ status });
    await expect(get({ backoffSeconds: 100 })).rejects.toThrow(`the server answered ${status}`);
    expect(server.requests).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives up at once if there is no server', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await new Promise((resolve) => other.close(resolve));
    const fetched = fetchFile(`http://127.0.0.1:${port}/file`, path, {
      signal: new AbortController().signal,
      onProgress: () => undefined,
      backoffSeconds: 100,
    });
    await expect(fetched).rejects.toThrow('ECONNREFUSED');
  });

  it('ends an attempt that receives nothing, and starts the next', async () => {
    server.faults.push({ holdAfter: 300 });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const received = (bytes: number) => bytes === 300 && vi.advanceTimersByTime(30_000);
    await get({ stallSeconds: 30, onProgress: received });
    vi.useRealTimers();
    expectWhole();
    expect(server.ranges).toEqual([undefined, 'bytes=300-']);
    server.faults.push({ holdAfter: 0 });
    await expect(get({ stallSeconds: 0.05, retries: 0 })).rejects.toThrow('no data for 0.05 s');
  });

  it('stops on its signal, even between attempts', async () => {
    const before = AbortSignal.abort(new Error('stop'));
    await expect(get({ signal: before })).rejects.toThrow('stop');
    expect(server.requests).toEqual([]);
    const abort = new AbortController();
    server.faults.push({ holdAfter: 300 });
    const waiting = get({
      signal: abort.signal,
      backoffSeconds: 100,
      onProgress: () => {
        server.cut();
        // The cut comes first, then the wait before the next attempt.
        setTimeout(() => abort.abort(new Error('stop')), 50);
      },
    });
    await expect(waiting).rejects.toThrow();
    expect(server.requests).toHaveLength(1);
  });
});
