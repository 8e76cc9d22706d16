/**
 * Clocks that are ahead, behind, or jump while a command runs. The time in one process says nothing
 * about the time in another.
 *
 * If the system allows it, one of two processes has a different host name. Then neither can look up
 * the other's process, and only heartbeats count.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { checkObjects, incompleteFiles } from './leftovers.ts';
import {
  outputsOf,
  type ProgramRun,
  type StartOptions,
  startCommand,
  startRun,
} from './program-run.ts';
import { Random } from './random.ts';
import { makeSmallProject, type SmallProject, STAGES } from './small-project.ts';

export interface ClocksOptions {
  /** `dist/main.js`. */
  readonly program: string;
  /** The folder for temporary folders. */
  readonly root: string;
  readonly cases: number;
  readonly seed: number;
  readonly say?: (text: string) => unknown;
}

export interface ClocksReport {
  readonly cases: number;
  readonly byCase: Readonly<Record<string, number>>;
  /** Whether one of the processes had a different host name. */
  readonly otherHost: boolean;
  /** Empty if everything is right. */
  readonly faults: readonly string[];
}

export async function shiftClocks(options: ClocksOptions): Promise<ClocksReport> {
  const folder = realpathSync(mkdtempSync(join(options.root, 'clocks-')));
  try {
    return await new Clocks(folder, options).go();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const HOUR = 3_600_000;
const SHIFTS = [0, 61_000, -61_000, HOUR, -HOUR, 72 * HOUR, -72 * HOUR];
const SECONDS = 120;

/** Shifts the clock by CLOCK_SHIFT, and by CLOCK_JUMP some time after the process started. */
const SHIM = `const real = Date;
const { CLOCK_SHIFT = '0', CLOCK_JUMP = '0' } = process.env;
const now = () => real.now() + Number(CLOCK_SHIFT) + (performance.now() > 300 ? Number(CLOCK_JUMP) : 0);
globalThis.Date = class Date extends real {
  constructor(...args) {
    if (args.length === 0) super(now());
    else super(...args);
  }
  static now() {
    return now();
  }
};
`;

class Clocks {
  private readonly folder: string;
  private readonly options: ClocksOptions;
  private readonly random: Random;
  private readonly shim: string;
  private readonly otherHost: boolean;
  private readonly faults: string[] = [];
  private readonly byCase: Record<string, number> = {};
  private about = '';

  constructor(folder: string, options: ClocksOptions) {
    this.folder = folder;
    this.options = options;
    this.random = new Random(options.seed);
    this.shim = join(folder, 'shim.mjs');
    writeFileSync(this.shim, SHIM);
    this.otherHost = spawnSync('unshare', ['--uts', 'hostname', 'elsewhere']).status === 0;
  }

  async go(): Promise<ClocksReport> {
    const cases = Object.entries({
      'two runs at once': (project: SmallProject) => this.atOnce(project),
      'gc beside a run': (project: SmallProject) => this.gcBeside(project),
      'one after another': (project: SmallProject) => this.inTurn(project),
      'gc of young results': (project: SmallProject) => this.gcOfYoung(project),
    });
    for (let done = 0; done < this.options.cases; done++) {
      const [name, tryIt] = cases[done % cases.length]!;
      this.about = `case ${done}, ${name}`;
      const held = name !== 'one after another' && name !== 'gc of young results';
      const place = mkdtempSync(join(this.folder, 'case-'));
      await tryIt(makeSmallProject(join(place, 'project'), held));
      rmSync(place, { recursive: true, force: true });
      this.byCase[name] = (this.byCase[name] ?? 0) + 1;
      if ((done + 1) % 10 === 0)
        this.options.say?.(`${done + 1} cases, ${this.faults.length} faults`);
    }
    const { byCase, otherHost, faults } = this;
    return { cases: this.options.cases, byCase, otherHost, faults };
  }

  private clock(elsewhere = false): StartOptions {
    const shift = this.random.pick(SHIFTS);
    const jump = this.random.pick(SHIFTS);
    this.about += `, ${shift / 1000} s and then ${jump / 1000} s`;
    const script = 'hostname elsewhere && exec "$@"';
    const prefix = ['unshare', '--uts', 'sh', '-c', script, 'sh'];
    return {
      seconds: SECONDS,
      env: {
        NODE_OPTIONS: `--import ${pathToFileURL(this.shim).href}`,
        CLOCK_SHIFT: String(shift),
        CLOCK_JUMP: String(jump),
      },
      ...(elsewhere && this.otherHost && { prefix }),
    };
  }

  private async atOnce(project: SmallProject): Promise<void> {
    const { program } = this.options;
    const first = startRun(program, project.folder, ['--jobs', '2'], this.clock());
    await until(() => project.executions().length >= 2);
    const second = startRun(program, project.folder, ['--jobs', '2'], this.clock(true));
    await until(() => this.runsIn(project) === 2);
    await wait(300);
    project.release();
    const ended = await Promise.all([first.ended, second.ended]);
    for (const run of ended) this.expectDone(run);
    if (!isDeepStrictEqual(outputsOf(ended[0]), outputsOf(ended[1]))) {
      this.fault('the two have different results');
    }
    this.expectOnce(project);
    await this.expectWhole(project);
  }

  private async gcBeside(project: SmallProject): Promise<void> {
    const { program } = this.options;
    const run = startRun(program, project.folder, [], this.clock(true));
    await until(() => project.executions().length >= 1);
    const words = ['gc', '--keep-days', '0'];
    const gc = await startCommand(program, project.folder, words, this.clock()).ended;
    if (gc.code !== 2 || !gc.errors.includes('is in use by')) {
      this.fault(`gc did not refuse: it ended with ${gc.code}: ${gc.output}${gc.errors}`);
    }
    project.release();
    this.expectDone(await run.ended);
    this.expectOnce(project);
    await this.expectWhole(project);
  }

  private async inTurn(project: SmallProject): Promise<void> {
    const { program } = this.options;
    const ids: string[] = [];
    for (const [at, words] of [[], [], ['--set', 'round=2'], []].entries()) {
      const run = await startRun(program, project.folder, words, this.clock(at % 2 > 0)).ended;
      this.expectDone(run);
      const executed = run.finished?.executed;
      if (executed !== [3, 0, 3, 0][at]) this.fault(`run ${at} executed ${executed} stages`);
      if (run.finished) ids.push(run.finished.run);
      const listed = await startCommand(program, project.folder, ['runs', '--json']).ended;
      const newest = listed.output
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { run: string }).run);
      if (!isDeepStrictEqual(newest, [...ids].reverse())) {
        this.fault(`runs are listed as ${newest}, and were made as ${ids}`);
      }
    }
    await this.expectWhole(project);
  }

  private async gcOfYoung(project: SmallProject): Promise<void> {
    const { program } = this.options;
    for (const round of [1, 2, 3]) {
      const words = ['--set', `round=${round}`];
      this.expectDone(await startRun(program, project.folder, words, this.clock()).ended);
    }
    const before = checkObjects(project.artifacts).objects;
    const words = ['gc', '--keep-days', '0.01'];
    const gc = await startCommand(program, project.folder, words, this.clock(true)).ended;
    const after = checkObjects(project.artifacts).objects;
    if (gc.code !== 0) this.fault(`gc ended with ${gc.code}: ${gc.errors}`);
    if (after !== before) this.fault(`gc took ${before - after} objects that were minutes old`);
    await this.expectWhole(project);
  }

  private runsIn({ artifacts }: SmallProject): number {
    return incompleteFiles(artifacts).filter((path) => path.startsWith('store/live/')).length;
  }

  private expectDone(run: ProgramRun): void {
    if (run.code === 0) return;
    const failed = run.events.filter(({ type }) => type === 'stage-failed');
    this.fault(`a run ended with ${run.code}: ${run.errors}${JSON.stringify(failed)}`);
  }

  private expectOnce(project: SmallProject): void {
    const executions = [...project.executions()].sort();
    if (!isDeepStrictEqual(executions, STAGES)) this.fault(`these ran: ${executions.join(', ')}`);
  }

  private async expectWhole({ folder, artifacts }: SmallProject): Promise<void> {
    const verify = await startCommand(this.options.program, folder, ['verify']).ended;
    if (verify.code !== 0) this.fault(`verify ended with ${verify.code}: ${verify.output}`);
    const left = incompleteFiles(artifacts);
    if (left.length > 0) this.fault(`these were left: ${left.join(', ')}`);
  }

  private fault(what: string): void {
    this.faults.push(`${this.about}: ${what}`);
  }
}

/** Gives up after a minute. The checks after it then report what is missing. */
export async function until(test: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !test(); i++) await wait(20);
}
