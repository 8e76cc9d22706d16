/**
 * A project in a temporary folder, with stages whose invocations the test controls.
 *
 * The only stage type, `make`, writes a text that depends on its parameters and inputs. A test that
 * holds a stage decides when it continues, so tests choose interleavings and never sleep.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect } from 'vitest';
import { fail, ok, type Result } from '../../src/base/result.ts';
import type { Event, RunFinished } from '../../src/runner/execution/event.ts';
import type { Stage } from '../../src/runner/graph/pipeline.ts';
import { defineStage, type StageType } from '../../src/runner/graph/stage-type.ts';
import {
  execute,
  type KnownFacts,
  type Prepared,
  type PrepareOptions,
  type Project,
  prepare,
  type Selection,
} from '../../src/runner/index.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { type Artifact, readArtifact } from '../../src/runner/store/artifact.ts';
import { captureOutputs } from '../../src/runner/store/capture.ts';
import { Layout } from '../../src/runner/store/layout.ts';
import { ObjectStore } from '../../src/runner/store/object-store.ts';
import { memory } from '../memory.ts';
import { HeldExecutor } from './held-executor.ts';

/** Stores a folder as the single output of a stage. */
export function captureArtifact(
  folder: string,
  store: ObjectStore,
  single = false,
): Result<Artifact, string> {
  const captured = captureOutputs([{ port: 'out', folder, single }], store);
  return captured.ok ? ok(captured.value.get('out')!.artifact) : fail(captured.error.message);
}

export const make = defineStage({
  name: 'make',
  description: 'writes what its parameters and inputs determine',
  parameters: v.strictObject({
    /** Names the invocation for the test. */
    name: v.string(),
    text: v.optional(v.string(), ''),
    /** Leaves the inputs out of the output, for early cutoff. */
    constant: v.optional(v.boolean(), false),
  }),
  inputs: {
    from: { kind: 'file', many: true, optional: true },
    one: { kind: 'file', optional: true },
  },
  outputs: { out: 'file', other: 'note' },
  environment: ['backend'],
  load: async () => ({ run: () => Promise.reject(new Error('the rig runs it')) }),
});

const code = { digest: digestOf('code of make'), packages: { pkg: '1.0.0' }, files: {} };

export class Rig {
  readonly root = mkdtempSync(join(memory, 'rig-'));
  readonly layout = new Layout(join(this.root, 'artifacts'));
  readonly executor = new HeldExecutor();
  readonly types = new Map<string, StageType>([['make', make]]);
  codes: Project['codes'] = { make: code };
  facts: Record<string, string> = { backend: 'test 1' };
  notes: readonly string[] = ['backend test 1'];
  isNamed = false;
  /** Chooses facts by what is known; default: always `facts`. */
  choose = (_known: KnownFacts): Record<string, string> => this.facts;
  isSlower = false;
  /** What was known when facts were chosen. */
  readonly known: KnownFacts[] = [];
  environment: Record<string, string> = {};
  configs: Record<string, string> = {};
  private runs = 0;

  async prepare(
    text: string,
    selection: Partial<Selection> = {},
    options: PrepareOptions = {},
  ): Promise<Prepared> {
    const prepared = await prepare(this.project(text), { ...nothing, ...selection }, options);
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.error.diagnostics));
    return prepared.value;
  }

  project(text: string): Project {
    const read = (path: string) => {
      const config = this.configs[path];
      return config === undefined ? undefined : { path, text: config };
    };
    return {
      program: `rig ${[...this.types.values()].map(numberOf)}`,
      stageTypes: async () => this.types,
      codes: this.codes,
      chooseFacts: () => async (known) => {
        this.known.push(known);
        const { notes, isNamed, isSlower } = this;
        return ok({ facts: this.choose(known), notes, isNamed, isSlower });
      },
      layout: this.layout,
      root: this.root,
      environment: this.environment,
      path: 'pipeline.yaml',
      readPipeline: () => ({ path: 'pipeline.yaml', text }),
      readConfig: read,
      pathOf: (path, from) => join(this.root, from === 'the pipeline' ? 'pipeline.yaml' : path),
      loadType: async (path) => fail(`the rig loads no ${path}`),
    };
  }

  async run(text: string, options: RunOptions = {}): Promise<RunOutcome> {
    const {
      signal = new AbortController().signal,
      jobs = 4,
      keepGoing = false,
      onEvent,
      ...selection
    } = options;
    const events: Event[] = [];
    const run = `run-${this.runs++}`;
    const { now = () => 1_700_000_000_000 } = options;
    const prepared = await this.prepare(text, selection, { runsAtOnce: true });
    await this.compare(prepared, text, selection);
    const finished = await execute(this.project(text), prepared, {
      run,
      now,
      emit: (event) => {
        events.push(event);
        onEvent?.(event);
      },
      capacities: { cpu: jobs, network: jobs },
      keepGoing,
      executor: this.executor,
      signal,
    });
    const open = prepared.rows?.decided.size;
    return { finished, events, executed: executedOf(events), idle: open === 0, open };
  }

  /** Compares every plan from rows with one from the documents, in all tests. */
  private async compare(
    { plan, rows }: Prepared,
    text: string,
    selection: Partial<Selection>,
  ): Promise<void> {
    if (!rows) return;
    const { program: _program, ...unnamed } = this.project(text);
    const read = await prepare(unnamed, { ...nothing, ...selection });
    if (!read.ok) throw new Error(JSON.stringify(read.error.diagnostics));
    expect(read.value.rows).toBeUndefined();
    expect(plan.counts).toEqual(read.value.plan.counts);
    expect([...plan.decisions]).toEqual([...read.value.plan.decisions]);
    const partsOf = (stage: Stage) => {
      const { id, name, axes, parameters, inputs, outputs, metrics, policy, span } = stage;
      const files = [...stage.files].map(([port, { path }]) => [port, path]);
      const type = stage.type.name;
      return { id, name, axes, parameters, inputs, files, outputs, metrics, policy, span, type };
    };
    const declared = read.value.plan.pipeline.stages.map(partsOf);
    expect(plan.pipeline.stages.map(partsOf)).toEqual(declared);
  }

  /** The text of a stage's output in the last run. */
  outputText(outcome: RunOutcome, stage: string): string {
    for (const event of outcome.events) {
      if (
        (event.type === 'stage-finished' || event.type === 'stage-cached') &&
        event.stage === stage
      ) {
        const store = new ObjectStore(this.layout);
        const file = readArtifact(event.outputs.out!, store)!.files[0]!;
        return readFileSync(store.path(file.digest), 'utf8');
      }
    }
    throw new Error(`no outputs of ${stage}`);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Stage types are part of the program, so other stage types are another program. */
function numberOf(type: StageType): number {
  if (!numbers.has(type)) numbers.set(type, next++);
  return numbers.get(type)!;
}

const numbers = new WeakMap<StageType, number>();
let next = 0;

const nothing: Selection = { configs: [], settings: [], targets: [], forced: [] };

export interface RunOptions extends Partial<Selection> {
  readonly signal?: AbortSignal;
  readonly jobs?: number;
  readonly keepGoing?: boolean;
  readonly onEvent?: (event: Event) => void;
  readonly now?: () => number;
}

export interface RunOutcome {
  readonly finished: RunFinished;
  readonly events: readonly Event[];
  /** Ids in the order in which they finished. */
  readonly executed: readonly string[];
  /** Whether the plan was made from rows, all of which were up to date. */
  readonly idle: boolean;
  /** The number of rows that were decided again, if the plan was made from rows. */
  readonly open?: number | undefined;
}

function executedOf(events: readonly Event[]): string[] {
  return events.flatMap((event) =>
    event.type === 'stage-finished' ? [event.stage as string] : [],
  );
}

/** Resolves when an event of this type comes. The listener is for the run. */
export function seen(type: Event['type']): [Promise<void>, (event: Event) => void] {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return [promise, (event) => event.type === type && resolve()];
}
