/** A project whose stages write files in this process, so a run takes milliseconds. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { fail, ok, type Result } from '../../src/base/result.ts';
import type { Event, RunFinished } from '../../src/runner/execution/event.ts';
import type { Executor, Invocation } from '../../src/runner/execution/executor.ts';
import { describeFailure, type Failure } from '../../src/runner/execution/failure.ts';
import { defineStage, type StageType } from '../../src/runner/graph/stage-type.ts';
import { execute, type Project, prepare } from '../../src/runner/index.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { Layout } from '../../src/runner/store/layout.ts';

export interface InProcessRun {
  readonly finished: RunFinished;
  readonly outputs: Readonly<Record<string, object>>;
  /** Failures of stages. */
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
}

/** From 4 MiB on, a file in `latest/` shares its bytes with the store. */
const LARGE = (4 << 20) + 1;

const pipelineOf = (version: string): string => `
stages:
  small:
    uses: one
    matrix: { number: [0, 1, 2, 3] }
    with: { text: "number \${matrix.number} of ${version}" }
    inputs: { file: ./data.txt }
  large: { uses: one, with: { text: large ${version}, bytes: ${LARGE} } }
  many: { uses: one, with: { text: many ${version}, files: 40 } }
  two: { uses: two, with: { text: two }, inputs: { from: [large] } }
  gather: { uses: one, with: { text: all }, inputs: { from: ["small[*]", many, two.first] } }
`;

export class InProcessProject {
  readonly root: string;
  readonly layout: Layout;
  /** Another version gives other results in all stages. */
  version = 'the first';
  /** The time in milliseconds. A clock that jumps makes each stage a long one. */
  now: () => number = Date.now;
  private runs = 0;

  constructor(root: string) {
    this.root = root;
    this.layout = new Layout(join(root, 'artifacts'));
    writeFileSync(join(root, 'data.txt'), 'what stages read\n');
  }

  /** Throws if a run ends with an exception, which is always a bug. */
  async run(): Promise<InProcessRun> {
    const events: Event[] = [];
    const run = `run-${Date.now()}-${this.runs++}`;
    const emit = (event: Event): void => void events.push(event);
    const prepared = await prepare(this.project(), nothing);
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.error.diagnostics));
    await execute(this.project(), prepared.value, {
      run,
      emit,
      now: this.now,
      capacities: { cpu: 2, network: 2 },
      keepGoing: true,
      executor,
      signal: new AbortController().signal,
    });
    return runOf(events);
  }

  project(): Project {
    return {
      program: 'written',
      stageTypes: async () => types,
      codes: {},
      chooseFacts: () => async () =>
        ok({ facts: { machine: 'this one' }, notes: [], isNamed: false }),
      layout: this.layout,
      root: this.root,
      environment: {},
      path: 'pipeline.yaml',
      readPipeline: () => ({ path: 'pipeline.yaml', text: pipelineOf(this.version) }),
      readConfig: () => undefined,
      pathOf: () => undefined,
      loadType: async (path) => fail(`nothing loads ${path}`),
    };
  }
}

const nothing = { configs: [], settings: [], targets: [], forced: [] };

function runOf(events: readonly Event[]): InProcessRun {
  const outputs: Record<string, object> = {};
  const failures: string[] = [];
  const warnings: string[] = [];
  for (const event of events) {
    if (event.type === 'stage-finished' || event.type === 'stage-cached') {
      outputs[event.stage] = event.outputs;
    } else if (event.type === 'stage-failed') failures.push(textOf(event.stage, event.failure));
    else if (event.type === 'warning') warnings.push(event.message);
  }
  return { finished: events.at(-1) as RunFinished, outputs, failures, warnings };
}

function textOf(stage: string, failure: Failure): string {
  return `${stage}: ${describeFailure(failure).join('; ')}`;
}

const parameters = v.strictObject({
  text: v.string(),
  bytes: v.optional(v.number(), 0),
  files: v.optional(v.number(), 1),
});

const inputs = {
  file: { kind: 'file', optional: true },
  from: { kind: 'file', many: true, optional: true },
} as const;

const load = async () => ({ run: () => Promise.reject(new Error('it is written in process')) });

const one = defineStage({
  name: 'one',
  codeName: 'one/1',
  description: 'writes one output',
  parameters,
  inputs,
  outputs: { out: 'file' },
  environment: ['machine'],
  load,
});

const two = defineStage({
  name: 'two',
  codeName: 'two/1',
  description: 'writes two outputs',
  parameters,
  inputs,
  outputs: { first: 'file', second: 'file' },
  load,
});

const types = new Map<string, StageType>([
  ['one', one as StageType],
  ['two', two as StageType],
]);

const executor: Executor = {
  execute: async (invocation) => write(invocation),
  close: () => undefined,
};

/** Writes a text that depends on its parameters and the bytes of its inputs. */
function write({ parameters: wanted, inputs: given, outputs }: Invocation): Result<void, Failure> {
  const read = Object.values(given)
    .flat()
    .flatMap(({ files }) => Object.values(files).map(({ path }) => digestOf(readFileSync(path))))
    .sort();
  for (const [port, folder] of Object.entries(outputs)) {
    for (let number = 0; number < Number(wanted.files); number++) {
      const text = `${wanted.text} ${port} ${number} of ${read.join(' ')}\n`;
      writeFileSync(join(folder, `${number}.txt`), text.padEnd(Number(wanted.bytes), 'x'));
    }
  }
  return ok(undefined);
}
