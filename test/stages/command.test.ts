/** What a command leaves, and what it prints. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/runner/execution/event.ts';
import { type CommandRig, eachCommandRig } from './command-rig.ts';

let rig: CommandRig;
eachCommandRig((one) => {
  rig = one;
});

/** Not of one that has ended and waits until its parent reads its status. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('the files that a command leaves', () => {
  async function messageOf(stage: string): Promise<string | undefined> {
    rig.write('in.txt', 'in');
    rig.write('data/a.csv', 'a');
    const { failures, finished } = await rig.run(`stages:\n  a: { ${stage} }\n`);
    expect(finished.failed + finished.executed).toBe(1);
    return failures.a;
  }

  it.each([
    [
      'a file, a folder and a path of several steps',
      'run: "mkdir d; touch d/x f a/b/c", outputs: [d, f, a/b/c]',
    ],
    [
      'an output in the folder of an input',
      'run: cp data/a.csv data/b.csv, files: [data], outputs: [data/b.csv]',
    ],
    ['an output that is read-only', 'run: "mkdir d; touch d/x; chmod 500 d", outputs: [d]'],
    [
      'scratch by path and pattern',
      'run: "mkdir -p t/u __pycache__; touch o t/u/x a.log __pycache__/b", scratch: [./t/, "*.log"], outputs: [o]',
    ],
    [
      'a read-only folder under scratch',
      'run: "mkdir -p t/u; touch o t/u/x; chmod 0 t/u; chmod 500 t", scratch: [t], outputs: [o]',
    ],
    ['names with odd signs', `run: "touch -- 'a b' '-x' '*'", outputs: ['a b', '-x', '*']`],
  ])('is accepted: %s', async (_what, stage) => {
    expect(await messageOf(stage)).toBe(undefined);
  });

  it.each([
    ['no output', 'run: "true", outputs: [x/y]', 'it ended without making its output "x/y"'],
    ['an empty folder', 'run: mkdir x, outputs: [x]', 'it ended without writing its output "x"'],
    [
      'an undeclared file',
      'run: touch o p q, outputs: [o]',
      'it wrote "p" and 1 more, which it does not declare',
    ],
    [
      'a name like an output',
      'run: touch o o2, outputs: [o]',
      'it wrote "o2", which it does not declare',
    ],
    ['a pipe', 'run: "touch o; mkfifo p", outputs: [o]', 'it wrote "p", which it does not declare'],
    [
      'a changed input',
      'run: "chmod u+w in.txt; printf x >> in.txt; touch o", files: [in.txt], outputs: [o]',
      'it changed its input "in.txt"',
    ],
    [
      'an input written anew',
      'run: "cp in.txt o; rm -f in.txt; cp o in.txt", files: [in.txt], outputs: [o]',
      'it changed its input "in.txt"',
    ],
    [
      'a deleted input',
      'run: "rm -f in.txt; touch o", files: [in.txt], outputs: [o]',
      'it deleted its input "in.txt"',
    ],
    [
      'a file where the folder of an input was',
      'run: "rm -rf data; touch data o", files: [data], outputs: [o]',
      'it deleted its input "data/a.csv"',
    ],
    [
      'a link in the place of an input',
      'run: "rm -rf data; ln -s data data; touch o", files: [data], outputs: [o]',
      'it deleted its input "data/a.csv"',
    ],
    [
      'a link as an output',
      'run: ln -s /etc/hosts o, outputs: [o]',
      'its output "o" is a symbolic link to "/etc/hosts"',
    ],
    [
      'a link in an output',
      'run: "mkdir d; ln -s /etc/hosts d/l", outputs: [d]',
      'its output "d" holds the symbolic link "l" to "/etc/hosts", which is outside the output',
    ],
  ])('is refused: %s', async (_what, stage, expected) => {
    expect(await messageOf(stage)).toContain(expected);
  });

  it('is refused for an output inside an input that is a file', async () => {
    const text = `stages:
  make: { run: touch x, outputs: [x] }
  a: { run: touch x/y, inputs: { x: make }, outputs: [x/y] }
`;
    expect((await rig.run(text)).failures.a).toContain(
      'its output "x/y" can\'t be made: its input "x" is a file',
    );
  });
});

describe('the output of a command', () => {
  const say = (run: string, onEvent: (event: Event) => void = () => undefined) =>
    rig.run(`stages:\n  a:\n    run: ${JSON.stringify(run)}\n    outputs: [o]\n`, { onEvent });
  const progressOf = (outcome: Awaited<ReturnType<typeof say>>) =>
    outcome.events.flatMap((event) =>
      event.type === 'stage-progress' ? [event.progress.fraction] : [],
    );

  it('comes line by line, including the last one without a line end', async () => {
    const { log } = await say("printf 'one\\r\\ntwo\\n\\nthree' ; touch o");
    expect(log).toEqual(['one', 'two', '', 'three']);
  });

  it('with a redrawn bar is progress, for each way to return to the start of the line', async () => {
    // States that arrive together are reported as one, so the command waits until each was reported. A read
    // finds nothing if the last writer still has the pipe open.
    const seen = join(rig.root, 'seen');
    execFileSync('mkfifo', [seen]);
    const tell = ({ type }: Event) => {
      if (type === 'stage-progress') void writeFile(seen, '\n');
    };
    const before = await say(
      `for i in 10 20 30.5; do printf '\\r%s%%' $i; until read _ < ${seen}; do :; done; done; echo; touch o`,
      tell,
    );
    expect(progressOf(before)).toEqual([0.1, 0.2, 0.305]);
    expect(before.log).toEqual(['30.5%']);
    const after = await say(
      `for i in 10 20 100; do printf '%s%% of all\\r' $i; until read _ < ${seen}; do :; done; done; echo done; touch o`,
      tell,
    );
    expect(progressOf(after)).toEqual([0.1, 0.2, 1]);
    expect(after.log).toEqual(['done']);
  });

  it('can have any length: an endless line is reported in pieces', async () => {
    const { log, failures } = await say('head -c 3000000 /dev/zero | tr "\\0" x; touch o');
    expect(failures).toEqual({});
    // The shown part is limited; the log is complete.
    expect(log.join('').length).toBeGreaterThan(1_000_000);
    expect(log.some((line) => line.includes('left out here'))).toBe(true);
    expect(Math.max(...log.map((line) => line.length))).toBeLessThan(100_000);
    const bar = await say(
      'i=0; while [ $i -lt 300000 ]; do echo "$i/300000"; i=$((i+1)); done | tr "\\n" "\\r"; touch o',
    );
    expect(bar.log).toEqual(['299999/300000']);
  });

  it('may contain any bytes', async () => {
    const { failures, finished } = await say('head -c 300000 /dev/urandom; touch o');
    expect(failures).toEqual({});
    expect(finished.executed).toBe(1);
  });

  it('is in the failure: how it ended, and its last line', async () => {
    expect((await say('echo one; echo two >&2; exit 3')).failures.a).toBe(
      '`echo one; echo two >&2; exit 3` ended with exit code 3; last line: two',
    );
    expect((await say('no-such-program-xyz')).failures.a).toMatch(
      /ended with exit code 127; last line: .*not found\nhelp: check that the program is installed and on PATH; list a script of the project under "files"$/,
    );
    expect((await say('kill -9 $$')).failures.a).toBe('`kill -9 $$` was ended by SIGKILL');
    const long = (await say('head -c 5000 /dev/zero | tr "\\0" x; exit 1')).failures.a!;
    expect(long.length).toBeLessThan(400);
  });

  it('is that of the lines up to the first that fails', async () => {
    const { failures, log } = await rig.run(
      'stages:\n  a: { run: [echo one, "false", echo never], outputs: [o] }\n',
    );
    expect(failures.a).toBe('`false` ended with exit code 1');
    expect(log).toEqual(['one']);
    const shell = await say('false\necho never');
    expect(shell.failures.a).toContain('ended with exit code 1');
  });

  it('ends with it, even if a process that it left running holds the pipe', async () => {
    const { failures, log } = await say('sleep 100000 & echo $!; touch o');
    expect(failures).toEqual({});
    expect(isRunning(Number(log[0]))).toBe(false);
  });
});

it('a command sees the GPUs that it was given, and no process keeps those of another', async () => {
  const stage = (name: string, gpu: number, from = '') =>
    `  ${name}: { run: 'echo "$CUDA_VISIBLE_DEVICES" > o', outputs: [o], resources: { gpu: ${gpu} }${from && `, inputs: { in: ${from} }`} }\n`;
  const text = `stages:\n${stage('one', 1)}${stage('two', 2, 'one')}${stage('half', 0.5, 'two')}  none: { run: 'echo $CUDA_VISIBLE_DEVICES > o', outputs: [o], inputs: { in: half } }\n`;
  const environment = { CUDA_VISIBLE_DEVICES: 'GPU-a,3' };
  const outcome = await rig.run(text, { environment, capacities: { gpus: ['GPU-a', '3'] } });
  expect(outcome.failures).toEqual({});
  const seen = ['one', 'two', 'half', 'none'].map((name) => rig.latest(`${name}/o`).trim());
  expect(seen).toEqual(['GPU-a', 'GPU-a,3', 'GPU-a', 'GPU-a,3']);
  const started = outcome.events.flatMap((event) =>
    event.type === 'stage-started' ? [event.gpus] : [],
  );
  expect(started).toEqual([['GPU-a'], ['GPU-a', '3'], ['GPU-a'], undefined]);
});
