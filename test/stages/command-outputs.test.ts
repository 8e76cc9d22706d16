/** What a command may leave in its outputs. Nothing changes them after it has ended. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { verify } from '../../src/runner/index.ts';
import { type CommandRig, eachCommandRig } from './command-rig.ts';

let rig: CommandRig;
eachCommandRig((one) => {
  rig = one;
});

const watch = { signal: new AbortController().signal, onProgress: () => undefined };

async function findings(text: string) {
  return (await verify(rig.project(text), watch)).findings;
}

describe.skipIf(platform() !== 'linux')('a process that left the group of its command', () => {
  let fifo: string;
  beforeEach(() => {
    fifo = join(rig.root, 'go');
    execFileSync('mkfifo', [fifo, join(rig.root, 'ready'), join(rig.root, 'done')]);
  });

  /**
   * Opens the output in a separate session, and writes to it when the test requests it. The command ends when the
   * process has left its group, because what is left of the group is killed then.
   */
  const pipeline = (size: number) => `stages:
  a:
    run: |
      head -c ${size} /dev/zero > out
      exec 3>>out
      setsid sh -c 'echo ready > ${rig.root}/ready; read -r line < ${fifo}; echo more >&3; echo done > ${rig.root}/done' > /dev/null 2>&1 &
      read -r line < ${rig.root}/ready
      exec 3>&-
    outputs: [out]
  b: { run: wc -c < out > size, inputs: { out: a }, outputs: [size] }
`;

  /** Returns when it has written. */
  function letItWrite(): void {
    execFileSync('sh', ['-c', `echo go > ${fifo}; cat ${rig.root}/done`]);
  }

  it('and keeps writing to a small output changes nothing that is stored', async () => {
    const text = pipeline(1000);
    const outcome = await rig.run(text);
    expect(outcome.failures).toEqual({});
    letItWrite();
    expect(await findings(text)).toEqual([]);
    expect(readFileSync(join(rig.layout.latest, 'a/out'))).toHaveLength(1000);
    expect(rig.latest('b/size').trim()).toBe('1000');
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 2 });
  });

  it('and holds a large output open fails the stage, with the file and the process', async () => {
    const text = pipeline(2 << 20);
    const outcome = await rig.run(text);
    letItWrite();
    expect(outcome.failures).toEqual({
      a: expect.stringMatching(
        /^its output "out" is still open for writing: "out" is open in a process that the stage left running \(sh, pid \d+\)\nhelp: wait for that process/,
      ),
    });
    expect(await findings(text)).toEqual([]);
    expect(existsSync(join(rig.layout.latest, 'a'))).toBe(false);
  });
});

describe('links', () => {
  it.each([
    ['relative', 'ln -s epoch=9.ckpt ckpt/last.ckpt'],
    ['absolute', 'ln -s "$PWD/ckpt/epoch=9.ckpt" ckpt/last.ckpt'],
    ['out of the output and in again', 'ln -s ../ckpt/epoch=9.ckpt ckpt/last.ckpt'],
    [
      'to a folder',
      'ln -s . ckpt/x; rm ckpt/x; mkdir ckpt/e; mv ckpt/epoch* ckpt/e; ln -s e ckpt/f; ln -s e/epoch=9.ckpt ckpt/last.ckpt; ln -s e/epoch=9.ckpt ckpt/epoch=9.ckpt',
    ],
  ])(
    'that stay inside their output become copies, for the next stage too: %s',
    async (_what, link) => {
      const text = `stages:
  train: { run: 'mkdir ckpt; printf weights > ckpt/epoch=9.ckpt; ${link}', outputs: [ckpt] }
  use:
    run: cat ckpt/last.ckpt ckpt/epoch=9.ckpt > both; test ! -L ckpt/last.ckpt
    inputs: { ckpt: train }
    outputs: [both]
`;
      const outcome = await rig.run(text);
      expect(outcome.failures).toEqual({});
      expect(rig.latest('use/both')).toBe('weightsweights');
      expect(rig.latest('train/last.ckpt')).toBe('weights');
      expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 2 });
    },
  );

  it.each([
    [
      'to what is no output',
      'mkdir d; echo x > other; ln -s ../other d/l',
      'its output "d" holds the symbolic link "l" to "../other", which is outside the output',
    ],
    [
      'to an input',
      'mkdir d; ln -s ../given d/l',
      'its output "d" holds the symbolic link "l" to "../given", which is outside the output',
    ],
    [
      'to nothing',
      'mkdir d; ln -s gone d/l',
      'its output "d" holds the symbolic link "l" to "gone", where there is no file',
    ],
    [
      'around',
      'mkdir d; ln -s ../d d/l',
      'its output "d" holds the symbolic link "l" to "../d", a folder that holds the link itself',
    ],
    ['in the place of the output', 'ln -s given d', 'its output "d" is a symbolic link to "given"'],
  ])('%s are named with their target', async (_what, run, message) => {
    rig.write('given', 'given');
    const text = `stages: { a: { run: '${run}', files: [given], outputs: [d], scratch: [other] } }`;
    expect((await rig.run(text)).failures.a).toMatch(`${message}\nhelp: `);
  });
});

it('empty folders of an output are reported', async () => {
  const text = `stages: { a: { run: 'mkdir -p d/b d/c/e; echo x > d/x', outputs: [d] } }`;
  const { events, failures } = await rig.run(text);
  expect(failures).toEqual({});
  expect(events).toContainEqual({
    type: 'warning',
    message: 'the output "d" of a has empty folders, which are left out: "b", "c/e"',
  });
});

it('empty folders of the project are reported when a stage uses the folder', async () => {
  for (const name of ['cat', 'dog', 'eel', 'fox', 'gnu'])
    mkdirSync(join(rig.root, 'data', name), { recursive: true });
  rig.write('data/cat/1.png', '1');
  const text = `stages: { a: { run: ls data > x, files: [data], outputs: [x] } }`;
  const { events } = await rig.run(text);
  expect(events).toContainEqual({
    type: 'warning',
    message:
      'the folder "data" has empty folders, which are left out: "dog", "eel", "fox" and 1 more',
  });
});

it('a file that only its owner may read stays so: in the store, in latest/ and for the next stage', async () => {
  rig.write('secret', 'key', 0o600);
  rig.write('tool', '#!/bin/sh\n', 0o700);
  const text = `stages:
  a: { run: 'umask 077; echo x > private; mkdir d; echo y > d/y; chmod 700 d/y; chmod 644 private; chmod 600 private', outputs: [private, d] }
  b:
    run: stat -c '%a %n' private d/y secret tool > modes
    inputs: { private: a.private, d: a.d }
    files: [secret, tool]
    outputs: [modes]
`;
  expect((await rig.run(text)).failures).toEqual({});
  expect(rig.latest('b/modes')).toBe('400 private\n500 d/y\n400 secret\n500 tool\n');
  const mode = (path: string): number => statSync(join(rig.layout.latest, path)).mode & 0o777;
  expect([mode('a/private'), mode('a/d/y'), mode('b/modes')]).toEqual([0o400, 0o500, 0o444]);
  // The mode is not part of the content.
  chmodSync(join(rig.root, 'secret'), 0o644);
  expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 2 });
});
