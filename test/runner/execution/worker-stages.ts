/** The stages of the worker that `worker-rig.ts` bundles instead of the real ones. */
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import {
  defineStage,
  type StageContext,
  StageError,
  type StageTypes,
} from '../../../src/runner/graph/stage-type.ts';

/** What the process was prewarmed for. */
const prepared: string[] = [];

type Act = (context: StageContext<{ readonly act: string; readonly text: string }>) => unknown;

const acts: Record<string, Act> = {
  /** Reports its invocation and its process. */
  echo: ({ parameters, fact, cores, input, output, progress, log }) => {
    progress({ fraction: 0.5, message: 'half' });
    log(
      JSON.stringify({ pid: process.pid, text: parameters.text, cores, backend: fact('backend') }),
    );
    log(`${input('from').files.join()} -> ${output('out')}`);
  },
  print: () => {
    console.log('one\ntwo');
    console.error('of another kind');
    // In pieces that end inside a character and inside a line.
    const bytes = Buffer.from('gr\u00fc\u00dfe\n');
    process.stdout.write(bytes.subarray(0, 3));
    process.stdout.write(bytes.subarray(3));
    for (let i = 0; i < 2000; i++) console.log(`line ${i} ${'-'.repeat(60)}`);
  },
  prepared: ({ log }) => log(`${process.pid} ${prepared.join()}`),
  variable: ({ parameters, log }) => log(`${process.env[parameters.text]}`),
  /** Prints when the next stage arrives. */
  late: () => void process.once('message', () => console.log('too late')),
  'until stopped': async ({ signal, progress, log }) => {
    progress({ message: 'waiting' });
    await new Promise<void>((resolve) => {
      const alive = setInterval(() => undefined, 1000);
      signal.addEventListener('abort', () => {
        clearInterval(alive);
        resolve();
      });
    });
    log('a checkpoint was written');
    throw new Error('stopped at step 3');
  },
  'in spite of a stop': async ({ signal, progress }) => {
    progress({ message: 'waiting' });
    while (!signal.aborted) await wait(1);
  },
  stubborn: async ({ progress }) => {
    progress({ message: 'waiting' });
    await wait(60_000);
  },
  busy: ({ progress }) => {
    progress({ message: 'waiting' });
    // A thread that computes receives no message.
    const end = Date.now() + 60_000;
    while (Date.now() < end);
  },
  exit: () => {
    console.error('the last words');
    process.exit(3);
  },
  killed: () => {
    process.kill(process.pid, 'SIGKILL');
    return wait(60_000);
  },
  'floating rejection': () => {
    void Promise.reject(new Error('nobody waits for this'));
    return wait(60_000);
  },
  'holds the output': async () => {
    const { spawn } = await import('node:child_process');
    const { pid } = spawn('sleep', ['5'], { stdio: 'inherit', detached: true });
    console.log(`child ${pid}`);
    process.exit(4);
  },
  'no such file': async () => {
    const { readFileSync } = await import('node:fs');
    readFileSync('/no/such/file');
  },
  throw: () => {
    throw new Error('a bug');
  },
  'throw a text': () => {
    throw 'no error at all';
  },
  foresee: () => {
    throw new StageError('there is no such thing', 'make one');
  },
  'foresee without advice': () => {
    throw new StageError('there is no such thing');
  },
  'ask too much': ({ input }) => {
    input('from').path('absent.txt');
  },
};

const act = defineStage({
  name: 'act',
  description: 'does what its parameter says',
  parameters: v.strictObject({ act: v.string(), text: v.string() }),
  inputs: {},
  outputs: { out: 'file' },
  load: async () => ({
    prepare: async ({ fact, cores }) => {
      await wait(50);
      prepared.push(`${fact('backend')} on ${cores}`);
    },
    run: async (context) => {
      await acts[context.parameters.act]!(context);
    },
  }),
});

const unloadable = defineStage({
  name: 'unloadable',
  description: 'has code that can not be loaded',
  parameters: v.strictObject({}),
  inputs: {},
  outputs: { out: 'file' },
  load: () => Promise.reject(new Error('no such package')),
});

export const stageTypes: StageTypes = new Map([act, unloadable].map((type) => [type.name, type]));
