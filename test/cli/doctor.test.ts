import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackendReport } from '../../src/cli/host.ts';
import { jsonLines, Terminal } from './terminal.ts';

const wasm: BackendReport = {
  name: 'wasm',
  status: 'available',
  version: '4.22.0',
  device: 'cpu',
  threads: 2,
  startSeconds: 0.153,
  gigaflops: 55.12,
  trainedImages: 311.4,
};
const absent: BackendReport = {
  name: 'tensorflow',
  status: 'absent',
  reason: 'the package that brings it is not installed',
  advice: 'npm install it',
};

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});
afterEach(() => terminal.remove());

describe('pipeline doctor', () => {
  it('prints the speed of the backends that start, and how to fix the others', async () => {
    terminal.reports = [absent, wasm];
    const { code, out } = await terminal.pipeline('doctor');
    expect(code).toBe(0);
    expect(out).toBe(`backend  GFLOP/s  images/s  threads   start  version
wasm        55.1       311        2  0.15 s  4.22.0, cpu

default: wasm

tensorflow: absent
  the package that brings it is not installed
  fix: npm install it
`);
  });

  it('fails if no backend starts', async () => {
    terminal.reports = [absent];
    const { code, out } = await terminal.pipeline('doctor');
    expect(code).toBe(1);
    expect(out).toContain('tensorflow: absent');
    expect(out).not.toContain('taken by default');
  });

  it('with --json prints one line per backend, and nothing else', async () => {
    terminal.reports = [absent, wasm];
    const { out } = await terminal.pipeline('doctor', '--json');
    expect(jsonLines(out)).toEqual([absent, wasm]);
  });

  it('fits the width of the terminal', async () => {
    terminal.columns = 40;
    terminal.reports = [{ ...absent, reason: 'word '.repeat(30) }, wasm];
    const { out } = await terminal.pipeline('doctor');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(40);
  });
});
