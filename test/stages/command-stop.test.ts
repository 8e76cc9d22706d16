/** How a command ends if it is stopped. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { hasCode } from '../../src/base/system-error.ts';
import type { Event } from '../../src/runner/execution/event.ts';
import { until } from '../until.ts';
import { buildWorker, type CommandOptions, CommandRig } from './command-rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'command-worker-'));
let worker: string;
let rig: CommandRig;

beforeAll(async () => {
  worker = await buildWorker(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  rig = new CommandRig(worker);
});
afterEach(() => rig.remove());

/** Processes that run in a folder of the rig, by their working directory. */
function processes(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(rig.root);
    } catch (problem) {
      // It has ended since, or belongs to another account.
      if (!hasCode(problem, 'ENOENT', 'ESRCH', 'EACCES')) throw problem;
      return false;
    }
  });
}

/** Aborts when a stage prints the word. */
function stopAt(word: string): CommandOptions & { said: string[] } {
  const abort = new AbortController();
  const said: string[] = [];
  return {
    said,
    signal: abort.signal,
    onEvent: (event: Event) => {
      if (event.type !== 'stage-log') return;
      said.push(event.message);
      if (event.message === word) abort.abort();
    },
  };
}

const stage = (run: string, more = '') =>
  `stages:\n  a:\n    run: ${JSON.stringify(run)}\n    outputs: [o]\n${more}`;

it('a stop asks the process group to end, and its last output is logged', async () => {
  const options = stopAt('ready');
  const text = stage(
    // Ready once both have set their traps.
    `sh -c 'trap "echo child; exit" TERM; touch set; sleep 60 & wait' & trap 'wait; echo leader; exit 1' TERM; until [ -e set ]; do sleep 0.02; done; echo ready; wait; touch o`,
  );
  const { finished } = await rig.run(text, options);
  expect(finished).toMatchObject({ interrupted: true, failed: 0, executed: 0 });
  expect(options.said).toEqual(expect.arrayContaining(['child', 'leader']));
  await until(() => processes().length === 0);
});

it('a command that ignores it is killed after the grace period, with all its processes', async () => {
  const text = stage(`trap '' TERM; sh -c "sleep 6100" & echo ready; sleep 6200; touch o`);
  const { finished } = await rig.run(text, { ...stopAt('ready'), graceMs: 200 });
  expect(finished).toMatchObject({ interrupted: true, failed: 0, executed: 0 });
  await until(() => processes().length === 0);
});

it('a timeout ends it, and the next attempt continues from its checkpoint', async () => {
  // The time starts with the process. On a busy machine, an attempt may end before it has written its checkpoint. Then
  // another attempt does.
  const text = stage(
    `n=$(cat $PIPELINE_CHECKPOINTS/n 2>/dev/null || echo 0); echo from $n; n=$((n + 1)); echo $n > $PIPELINE_CHECKPOINTS/new; mv $PIPELINE_CHECKPOINTS/new $PIPELINE_CHECKPOINTS/n; [ $n -lt 3 ] && sleep 6000; echo done > o`,
    '    timeout: 5s\n    retry: { times: 100, wait: 1ms }\n',
  );
  const { events, log, failures, finished } = await rig.run(text);
  expect(failures).toEqual({});
  expect(log.slice(0, 1)).toEqual(['from 0']);
  expect([...new Set(log)]).toEqual([...new Set(log)].sort());
  expect(rig.latest('a/o')).toBe('done\n');
  const retrying = events.flatMap((event) => (event.type === 'stage-retrying' ? [event] : []));
  expect(retrying.length).toBeGreaterThanOrEqual(2);
  for (const { failure } of retrying) expect(failure).toEqual({ kind: 'timeout', seconds: 5 });
  expect(finished.executed).toBe(1);
  expect(existsSync(rig.layout.allCheckpoints) && readdirSync(rig.layout.allCheckpoints)).toEqual(
    [],
  );
  await until(() => processes().length === 0);
});

it('a timeout of months does not overflow', async () => {
  const { failures } = await rig.run(stage('sleep 0.1; touch o', '    timeout: 60d\n'));
  expect(failures).toEqual({});
});

it('a stop between two attempts takes effect at once', async () => {
  const abort = new AbortController();
  const { finished, events } = await rig.run(
    stage('exit 1', '    retry: { times: 3, wait: 1h }\n'),
    {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === 'stage-retrying') abort.abort();
      },
    },
  );
  expect(finished).toMatchObject({ interrupted: true, failed: 0 });
  expect(events.filter((event) => event.type === 'stage-started')).toHaveLength(1);
});

it('a run in which another stage has failed does not wait for another attempt', async () => {
  const text = `stages:
  a: { run: exit 1, outputs: [o], retry: { times: 3, wait: 1h } }
  b: { run: 'until [ -e $PIPELINE_CHECKPOINTS/../go ]; do sleep 0.01; done; exit 2', outputs: [o] }
`;
  const { finished, failures } = await rig.run(text, {
    keepGoing: false,
    onEvent: (event) => {
      if (event.type !== 'stage-retrying') return;
      execFileSync('touch', [join(rig.layout.allCheckpoints, 'go')]);
    },
  });
  expect(finished).toMatchObject({ failed: 2 });
  expect(failures.a).toContain('exit code 1');
});

it.each(['the worker', 'the whole program'])(
  'a kill of %s leaves no process behind',
  async (which) => {
    rig.write(
      'pipeline.yaml',
      stage(
        'sh -c "sleep 71" & sleep 72 & echo $PPID > $PIPELINE_CHECKPOINTS/worker; echo ready; wait; sleep 73; touch o',
      ),
    );
    const program = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../dist/main.js'), 'run', '--backend', 'cpu', '--json'],
      { cwd: rig.root, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const events: Event[] = [];
    let text = '';
    program.stdout.on('data', (piece) => {
      text += String(piece);
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        events.push(JSON.parse(text.slice(0, end)) as Event);
        text = text.slice(end + 1);
      }
    });
    await until(() => events.some((one) => one.type === 'stage-log' && one.message === 'ready'));
    const closed = once(program, 'close');
    expect(processes().length).toBeGreaterThan(3);
    const [key] = readdirSync(rig.layout.allCheckpoints);
    const pid = Number(readFileSync(join(rig.layout.allCheckpoints, key!, 'worker'), 'utf8'));
    process.kill(which === 'the worker' ? pid : program.pid!, 'SIGKILL');
    await closed;
    if (which === 'the worker') {
      expect(events.at(-1)).toMatchObject({ type: 'run-finished', failed: 1 });
    }
    const left = () => processes().filter((one) => Number(one) !== program.pid);
    await until(() => left().length === 0);
  },
);

it('commands leave no dead processes where the first process removes none, as in a container', ({
  skip,
}) => {
  skip(process.getuid?.() !== 0, 'only root may make a namespace');
  rig.write(
    'pipeline.yaml',
    `stages:
  a: { matrix: { i: [1, 2, 3, 4, 5, 6] }, run: 'echo \${matrix.i} > o', outputs: [o] }
  dead:
    run: grep -l '^State:.Z' /proc/[0-9]*/status > o || true
    inputs: { a: a }
    outputs: [o]
`,
  );
  const main = join(import.meta.dirname, '../../dist/main.js');
  const namespace = ['--pid', '--fork', '--mount-proc', '--kill-child'];
  execFileSync('unshare', [...namespace, process.execPath, main, 'run', '--backend', 'cpu'], {
    cwd: rig.root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  expect(rig.latest('dead/o')).toBe('');
});
