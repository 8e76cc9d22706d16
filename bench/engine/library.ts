/**
 * The cost of the engine alone, as a library with trivial stages in the same process.
 *
 *   FOLDER STAGES     prints one line of JSON: the seconds of each phase
 *
 * Its stages write one small file each, in chains like those of the other tools. Nothing of the command line is used:
 * no child process, no terminal, no detection of the machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { fail, ok } from '../../src/base/result.ts';
import type { Executor, Invocation } from '../../src/runner/execution/executor.ts';
import { defineStage } from '../../src/runner/graph/stage-type.ts';
import { execute, type Project, prepare } from '../../src/runner/index.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { Layout } from '../../src/runner/store/layout.ts';
import { type Dag, dagOf, links } from './dag.ts';

const append = defineStage({
  name: 'append',
  description: 'its input and one more line',
  parameters: v.strictObject({ line: v.string() }),
  inputs: { from: { kind: 'text', optional: true } },
  outputs: { out: 'text' },
  load: async () => ({ run: () => Promise.reject(new Error('it runs in process')) }),
});

export interface LibraryRun {
  readonly executed: number;
  readonly cached: number;
  readonly prepareSeconds: number;
  readonly executeSeconds: number;
  /** The time in the stages themselves. The rest is the engine's. */
  readonly stageSeconds: number;
  readonly megabytes: number;
}

async function runLibrary(folder: string, dag: Dag, run: string): Promise<LibraryRun> {
  const executor = new InProcessExecutor();
  const project = projectIn(folder, pipelineOf(dag));
  const began = performance.now();
  const prepared = await prepare(
    project,
    { configs: [], settings: [], targets: [], forced: [] },
    { runsAtOnce: true },
  );
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.error.diagnostics.slice(0, 3)));
  const between = performance.now();
  const finished = await execute(project, prepared.value, {
    run,
    capacities: { cpu: 4, network: 4 },
    keepGoing: false,
    executor,
    signal: new AbortController().signal,
    emit: () => undefined,
    now: Date.now,
  });
  const ended = performance.now();
  if (finished.failed > 0 || finished.remaining > 0) throw new Error(JSON.stringify(finished));
  return {
    executed: finished.executed,
    cached: finished.cached,
    prepareSeconds: (between - began) / 1000,
    executeSeconds: (ended - between) / 1000,
    stageSeconds: executor.milliseconds / 1000,
    megabytes: process.resourceUsage().maxRSS / 1024,
  };
}

function pipelineOf(dag: Dag): string {
  const stages = [...links(dag)].map(({ name, before, line }) => {
    const inputs = before === undefined ? '' : `, inputs: { from: ${before} }`;
    return `  ${name}: { uses: append, with: { line: "${line}" }${inputs} }\n`;
  });
  return `stages:\n${stages.join('')}`;
}

function projectIn(folder: string, text: string): Project {
  return {
    program: 'library',
    stageTypes: async () => new Map([['append', append]]),
    codes: { append: { digest: digestOf('append'), packages: {}, files: {} } },
    chooseFacts: () => async () => ok({ facts: {}, notes: [], isNamed: false }),
    layout: new Layout(join(folder, 'artifacts')),
    root: folder,
    environment: {},
    path: 'pipeline.yaml',
    readPipeline: () => ({ path: 'pipeline.yaml', text }),
    readConfig: () => undefined,
    pathOf: () => undefined,
    loadType: async () => fail('none is loaded here'),
  };
}

class InProcessExecutor implements Executor {
  milliseconds = 0;

  execute({ parameters, inputs, outputs }: Invocation) {
    const began = performance.now();
    const before = inputs.from?.[0]?.files['text.txt']?.path;
    const text = before === undefined ? '' : readFileSync(before, 'utf8');
    writeFileSync(join(outputs.out!, 'text.txt'), `${text}${parameters.line}\n`);
    this.milliseconds += performance.now() - began;
    return Promise.resolve(ok(undefined));
  }

  close(): void {}
}

const [folder, stages] = process.argv.slice(2);
console.log(JSON.stringify(await runLibrary(folder!, dagOf(Number(stages)), `run-${Date.now()}`)));
