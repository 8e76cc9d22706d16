/** The digests of the store's files are in shards, so that a job of a cluster reads few of them. */
import { beforeEach, describe, expect, it, vi } from 'vitest';

const reads = vi.hoisted((): string[] => []);

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const openSync = (...args: Parameters<typeof real.openSync>) => {
    reads.push(String(args[0]));
    return real.openSync(...args);
  };
  const readFileSync = (...args: Parameters<typeof real.readFileSync>) => {
    reads.push(String(args[0]));
    return real.readFileSync(...args);
  };
  return { ...real, readFileSync, openSync, default: { ...real, readFileSync, openSync } };
});

const {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} = await import('node:fs');
const { tmpdir } = await import('node:os');
const { dirname, join } = await import('node:path');
const { digestOf } = await import('../../../src/runner/key/digest.ts');
const { lineOf } = await import('../../../src/runner/state/checked-log.ts');
const { FileDigests } = await import('../../../src/runner/state/file-digests.ts');
const { Layout } = await import('../../../src/runner/store/layout.ts');

let layout: InstanceType<typeof Layout>;
beforeEach(() => {
  layout = new Layout(mkdtempSync(join(tmpdir(), 'digests-')));
});

const object = (i: number) => digestOf(`object ${i}`);
const record = (i: number): string => `record:${digestOf(`key ${i}`)}`;
const MANY = Array.from({ length: 500 }, (_, i) => i);

/** What a new process knows. */
const stampIn = (name: string) => new FileDigests(layout).get(name)?.stamp;

describe('files of the store', () => {
  it('are found again, each by reading few other lines', () => {
    const digests = new FileDigests(layout);
    for (const i of MANY) {
      digests.learn(object(i), `stamp ${i}`, object(i));
      digests.learn(record(i), `stamp ${i}`, digestOf('outputs'));
    }
    digests.save();
    for (const i of MANY.slice(0, 20)) {
      reads.length = 0;
      const one = new FileDigests(layout);
      expect(one.get(object(i))).toEqual({ stamp: `stamp ${i}`, digest: object(i) });
      const paths = reads.filter((path) => path.startsWith(join(layout.state, 'digests')));
      expect(new Set(paths).size).toBe(1);
      expect(readFileSync(paths[0]!, 'utf8').split('\n').length).toBeLessThan(60);
      expect(stampIn(record(i))).toBe(`stamp ${i}`);
    }
  });

  it('are dropped from the shards that have them', () => {
    const digests = new FileDigests(layout);
    for (const i of MANY) digests.learn(object(i), 'stamp', object(i));
    digests.save();
    new FileDigests(layout).drop(MANY.filter((i) => i % 2 === 0).map(object));
    expect(MANY.filter((i) => stampIn(object(i)) === 'stamp')).toEqual(
      MANY.filter((i) => i % 2 === 1),
    );
  });

  it('that two processes learn at once are both known', () => {
    const [one, other] = [new FileDigests(layout), new FileDigests(layout)];
    for (const i of MANY) (i % 2 === 0 ? one : other).learn(object(i), 'stamp', object(i));
    one.save();
    other.save();
    expect(MANY.filter((i) => stampIn(object(i)) !== 'stamp')).toEqual([]);
  });

  it('are read again if their shard is gone or damaged, and the others are not', () => {
    const digests = new FileDigests(layout);
    for (const i of MANY) digests.learn(object(i), 'stamp', object(i));
    digests.save();
    reads.length = 0;
    stampIn(object(0));
    const shard = reads.find((path) => path.startsWith(join(layout.state, 'digests')))!;
    for (const damage of [
      () => writeFileSync(shard, readFileSync(shard, 'latin1').replace(/stamp/g, 'stomp')),
      () => rmSync(shard),
      () => mkdirSync(shard),
    ]) {
      damage();
      expect(stampIn(object(0))).toBeUndefined();
      expect(MANY.filter((i) => stampIn(object(i)) === 'stamp').length).toBeGreaterThan(450);
    }
    const again = new FileDigests(layout);
    again.learn(object(0), 'again', object(0));
    again.save();
    expect(stampIn(object(0))).toBe('again');
  });
});

describe('a disk that refuses', () => {
  it('gets the same lines at the next attempt', () => {
    const shards = join(layout.state, 'digests');
    mkdirSync(layout.state, { recursive: true });
    // A link to a disk that is not mounted.
    symlinkSync('/nowhere/digests', shards);
    const digests = new FileDigests(layout);
    for (const i of MANY) digests.learn(object(i), 'stamp', object(i));
    digests.save();
    rmSync(shards);
    digests.save();
    expect(MANY.filter((i) => stampIn(object(i)) !== 'stamp')).toEqual([]);
  });

  it('in the middle of a line loses only that line, wherever it is cut', () => {
    const name = (i: number) => `${i}:${object(0)}`;
    const digests = new FileDigests(layout);
    for (const i of [1, 2]) digests.learn(name(i), `stamp ${i}`, object(i));
    digests.save();
    const [shard] = readdirSync(join(layout.state, 'digests'));
    const path = join(layout.state, 'digests', shard!);
    const whole = readFileSync(path, 'latin1');
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.slice(0, length));
      const next = new FileDigests(layout);
      next.learn(name(3), 'stamp 3', object(3));
      next.save();
      const read = new FileDigests(layout);
      expect(read.get(name(3))).toEqual({ stamp: 'stamp 3', digest: object(3) });
      for (const i of [1, 2]) {
        const known = read.get(name(i));
        if (known) expect(known).toEqual({ stamp: `stamp ${i}`, digest: object(i) });
      }
    }
  });
});

describe('one file for all, as earlier versions wrote it', () => {
  const line = (name: string, stamp: string, digest: string): string =>
    lineOf(`${stamp}\t${digest}\t${name === digest ? '' : name}`);
  const write = (...lines: readonly string[]): void => {
    mkdirSync(dirname(layout.fileDigests), { recursive: true });
    writeFileSync(layout.fileDigests, `${lines.join('\n')}\n`);
  };
  const path = '/project/a\tb.txt';
  const old = [
    line(path, 'of a path', digestOf('a')),
    line(object(1), 'first', object(1)),
    line(record(2), 'of a record', digestOf('outputs')),
    line(object(1), 'newest', object(1)),
    `${line(object(3), 'damaged', object(3))}x`,
    '{"path":"/a","stamp":"of the first version"}',
  ];

  it('is read, and the first run that learns something moves its lines to the shards', () => {
    write(...old);
    for (const time of ['before', 'after']) {
      expect(stampIn(path), time).toBe('of a path');
      expect(stampIn(object(1)), time).toBe('newest');
      expect(stampIn(record(2)), time).toBe('of a record');
      expect(stampIn(object(3)), time).toBeUndefined();
      const digests = new FileDigests(layout);
      digests.learn(object(4), 'new', object(4));
      digests.save();
      const left = readFileSync(layout.fileDigests, 'utf8').split('\n').filter(Boolean);
      expect(left, time).toEqual([old[0]]);
      expect(stampIn(object(4)), time).toBe('new');
    }
  });

  it('an earlier version that runs in between has the last word', () => {
    write(...old);
    const digests = new FileDigests(layout);
    digests.learn(object(4), 'new', object(4));
    digests.save();
    write(old[0]!, line(object(1), 'never', object(1)));
    expect(stampIn(object(1))).toBe('never');
  });

  it('a process that writes nothing leaves it as it is', () => {
    write(...old);
    const before = readFileSync(layout.fileDigests, 'utf8');
    const reading = new FileDigests(layout, false);
    expect(reading.get(object(1))?.stamp).toBe('newest');
    reading.save();
    expect(readFileSync(layout.fileDigests, 'utf8')).toBe(before);
    expect(existsSync(join(layout.state, 'digests'))).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)(
    'stays if the shards can not be written (skipped as root)',
    () => {
      write(...old);
      chmodSync(layout.state, 0o500);
      const digests = new FileDigests(layout);
      expect(digests.get(object(1))?.stamp).toBe('newest');
      digests.save();
      chmodSync(layout.state, 0o700);
      expect(stampIn(object(1))).toBe('newest');
    },
  );
});
