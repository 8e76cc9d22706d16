/**
 * Damages files of an artifacts folder again and again. Each run must end with the results of a
 * clean one, or fail with a plain message, and the run after it must have nothing to do.
 *
 * Most runs are in this process. Some are runs of the built program, with real commands and a stage
 * type of the project.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { verify } from '../../src/runner/index.ts';
import { type Clean, cleanState, differences, dropHistory } from './clean-state.ts';
import { type Damage, damageAny } from './damage.ts';
import { InProcessProject } from './in-process-project.ts';
import { outputsOf, runCommand, startRun } from './program-run.ts';
import { Random } from './random.ts';

export interface CorruptionsOptions {
  /** The folder for temporary folders. */
  readonly root: string;
  readonly count: number;
  readonly seed: number;
  /** `dist/main.js`. Without it, all runs are in this process. */
  readonly program?: string;
  readonly say?: (text: string) => unknown;
}

export interface CorruptionsReport {
  readonly cases: number;
  /** The number of cases with the built program. */
  readonly ofProgram: number;
  readonly damages: Readonly<Record<string, number>>;
  /** Runs that built something again. */
  readonly repaired: number;
  /** Runs that failed with a plain message. */
  readonly refused: number;
  readonly lost: number;
  readonly wrong: number;
  readonly hollow: number;
  readonly traces: number;
  readonly hangs: number;
  readonly seconds: number;
  /** Empty if everything is right. */
  readonly faults: readonly string[];
}

/** One case in this many uses the built program. */
const PROGRAM_EACH = 25;

/** Nothing here takes even a second by itself. */
const HANG_MS = 120_000;

/** The outcome of a run of the project, in this process or not. */
interface Ended {
  readonly ok: boolean;
  readonly executed: number;
  readonly outputs: Readonly<Record<string, object>>;
  /** The message of a failure. */
  readonly text: string;
}

interface Subject {
  readonly artifacts: string;
  run(): Promise<Ended>;
  verify(): Promise<unknown>;
}

export async function corrupt(options: CorruptionsOptions): Promise<CorruptionsReport> {
  const folder = realpathSync(mkdtempSync(join(options.root, 'corruptions-')));
  try {
    return await new Corruptions(folder, options).go();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Corruptions {
  private readonly options: CorruptionsOptions;
  private readonly random: Random;
  private readonly inProcess: Subject;
  private readonly ofProgram: readonly Subject[];
  private readonly clean = new Map<Subject, { state: Clean; outputs: Ended['outputs'] }>();
  private readonly damages: Record<string, number> = {};
  private readonly faults: string[] = [];
  private repaired = 0;
  private refused = 0;

  constructor(folder: string, options: CorruptionsOptions) {
    this.options = options;
    this.random = new Random(options.seed);
    this.inProcess = inThisProcess(join(folder, 'written'));
    const { program } = options;
    this.ofProgram = program
      ? [false, true].map((own) => ofTheProgram(join(folder, `program-${own}`), program, own))
      : [];
  }

  async go(): Promise<CorruptionsReport> {
    const began = performance.now();
    const { count, say } = this.options;
    let ofProgram = 0;
    for (const subject of [this.inProcess, ...this.ofProgram]) await this.begin(subject);
    for (let number = 0; number < count; number++) {
      const program = this.ofProgram.length > 0 && number % PROGRAM_EACH === PROGRAM_EACH - 1;
      if (program) ofProgram++;
      const subject = program ? this.ofProgram[ofProgram % 2]! : this.inProcess;
      const before = this.faults.length;
      await this.damageAndRun(subject, number);
      // The damage of one case must not be counted again in the next one.
      if (this.faults.length > before) await this.restart(subject);
      if (number % 100 === 99) say?.(`${number + 1} cases, ${this.faults.length} faults`);
    }
    const counted = (what: string): number =>
      this.faults.filter((fault) => fault.includes(` ${what}`)).length;
    return {
      cases: count,
      ofProgram,
      damages: this.damages,
      repaired: this.repaired,
      refused: this.refused,
      lost: counted('lost:'),
      wrong: counted('wrong:'),
      hollow: counted('hollow:'),
      traces: counted('trace:'),
      hangs: counted('hang:'),
      seconds: Math.round((performance.now() - began) / 1000),
      faults: this.faults,
    };
  }

  private async begin(subject: Subject): Promise<void> {
    const ended = await subject.run();
    if (!ended.ok) throw new Error(`a clean run failed: ${ended.text}`);
    // As a garbage collection and a second run leave the store.
    writeFileSync(join(subject.artifacts, 'store/collected'), '');
    await subject.run();
    this.clean.set(subject, { state: cleanState(subject.artifacts), outputs: ended.outputs });
  }

  private async restart(subject: Subject): Promise<void> {
    rmSync(subject.artifacts, { recursive: true, force: true });
    const ended = await subject.run();
    if (!ended.ok) throw new Error(`a clean run failed: ${ended.text}`);
  }

  private async damageAndRun(subject: Subject, number: number): Promise<void> {
    const done: Damage[] = [];
    const times = this.random.below(4) === 0 ? 2 + this.random.below(5) : 1;
    for (let time = 0; time < times; time++) {
      const damage = damageAny(subject.artifacts, this.random);
      if (!damage) continue;
      done.push(damage);
      this.damages[damage.kind] = (this.damages[damage.kind] ?? 0) + 1;
    }
    const what = done.map(({ kind, way, path, unseen }) => {
      return `${kind} ${way}${unseen ? ' (unseen)' : ''} ${path}`;
    });
    const fault = (text: string): unknown =>
      this.faults.push(`case ${number} [${what.join(', ')}] ${text}`);
    // Damage that a stat does not show is found by `verify`.
    if (done.some(({ unseen }) => unseen)) await this.inTime(() => subject.verify(), fault);
    const first = await this.inTime(() => subject.run(), fault);
    if (!first) return;
    if (first.executed > 0) this.repaired++;
    if (!first.ok) {
      this.refused++;
      if (!isPlain(first.text)) fault(`trace: ${first.text}`);
    } else this.compare(subject, first, fault);
    const second = await this.inTime(() => subject.run(), fault);
    if (!second) return;
    if (!second.ok) fault(`lost: the second run failed too: ${second.text}`);
    else if (first.ok && second.executed > 0) fault(`lost: a second run built something again`);
    else this.compare(subject, second, (text) => fault(`in the second run ${text}`));
    dropHistory(subject.artifacts);
  }

  private compare(subject: Subject, ended: Ended, fault: (text: string) => unknown): void {
    const { state, outputs } = this.clean.get(subject)!;
    if (!isDeepStrictEqual(ended.outputs, outputs)) fault('wrong: other outputs were reported');
    for (const difference of differences(subject.artifacts, state)) fault(difference);
  }

  private async inTime<T>(
    act: () => Promise<T>,
    fault: (text: string) => unknown,
  ): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        fault('hang: it did not end');
        resolve(undefined);
      }, HANG_MS);
    });
    try {
      return await Promise.race([act(), late]);
    } catch (problem) {
      fault(`trace: ${(problem as Error).stack}`);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Whether the text is a message and not a stack trace. */
function isPlain(text: string): boolean {
  return text.trim() !== '' && !/\n\s+at .+:\d+:\d+/.test(text);
}

function inThisProcess(root: string): Subject {
  mkdirSync(root);
  const project = new InProcessProject(root);
  return {
    artifacts: project.layout.root,
    run: async () => {
      const { finished, outputs, failures } = await project.run();
      const { failed, executed } = finished;
      return { ok: failed === 0, executed, outputs, text: failures.join('\n') };
    },
    verify: () =>
      verify(project.project(), {
        signal: new AbortController().signal,
        onProgress: () => undefined,
      }),
  };
}

function ofTheProgram(root: string, program: string, own: boolean): Subject {
  mkdirSync(root);
  writeFileSync(join(root, 'data.txt'), 'what stages read\n');
  writeFileSync(join(root, 'pipeline.yaml'), own ? COMMANDS + OWN : COMMANDS);
  if (own) {
    writeFileSync(join(root, 'shout.mjs'), OWN_TYPE);
    symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  }
  return {
    artifacts: join(root, 'artifacts'),
    run: async () => {
      const ended = await startRun(program, root, ['--jobs', '2']).ended;
      const { code, errors, events, finished } = ended;
      const failed = events.filter((event) => event.type === 'stage-failed');
      const text = `${errors}${failed.map((event) => JSON.stringify(event)).join('\n')}`;
      const { executed = 0 } = finished ?? {};
      return { ok: code === 0, executed, outputs: outputsOf(ended), text };
    },
    verify: async () => runCommand(program, root, ['verify']),
  };
}

const COMMANDS = `${'# a long pipeline\n'.repeat(80)}
stages:
  small:
    matrix: { number: [0, 1] }
    run: sort data.txt > out.txt; echo \${matrix.number} >> out.txt
    files: [data.txt]
    outputs: [out.txt]
  large:
    run: yes large | head -c 4200000 > large.bin
    outputs: [large.bin]
  many:
    run: mkdir many; for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do echo $i > many/$i.txt; done
    outputs: { many: many }
  two:
    run: cp large.bin first.bin; echo second > second.txt
    inputs: { large.bin: large.large.bin }
    outputs: { first: first.bin, second: second.txt }
  gather:
    run: cat all/* many/* first.bin | cksum > sum.txt
    inputs: { all: "small[*]", many: many.many, first.bin: two.first }
    outputs: [sum.txt]
`;

const OWN = `  shout:
    uses: ./shout.mjs
    inputs: { from: gather }
`;

const OWN_TYPE = `import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { defineStage } from 'lowrank-pipeline';
export default defineStage({
  name: 'shout',
  description: 'writes its input in capitals',
  parameters: v.strictObject({}),
  inputs: { from: { kind: 'file' } },
  outputs: { out: 'file' },
  load: async () => ({
    run: async (context) => {
      const given = context.input('from');
      const text = readFileSync(given.path(given.files[0]), 'utf8');
      writeFileSync(join(context.output('out'), 'out.txt'), text.toUpperCase());
    },
  }),
});
`;
