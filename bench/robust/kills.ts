/**
 * Kills runs at random times, again and again. In the end, every result must be that of a clean
 * run.
 *
 * Each round has a new value of a variable, so all of its stages must run. It is killed until it
 * completes. All rounds share one store, so the store has old and new bytes.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { checkObjects, incompleteFiles, latestFiles, processesIn } from './leftovers.ts';
import { outputsOf, type ProgramRun, runCommand, startRun } from './program-run.ts';
import { Random } from './random.ts';

export interface KillsOptions {
  /** `dist/main.js`. */
  readonly program: string;
  /** The folder for temporary folders. */
  readonly root: string;
  readonly kills: number;
  readonly seed: number;
  /** The size of each part that the stages write. */
  readonly bytes: number;
  readonly say?: (text: string) => unknown;
}

export interface KillsReport {
  readonly kills: number;
  readonly rounds: number;
  /** Stages that were computing when their run was killed. */
  readonly stagesKilled: number;
  readonly objects: number;
  /** Markers and locks of dead runs at the end, before they were collected. */
  readonly left: number;
  readonly cleanSeconds: number;
  /** Empty if everything is right. */
  readonly faults: readonly string[];
}

export async function killRuns(options: KillsOptions): Promise<KillsReport> {
  const folder = realpathSync(mkdtempSync(join(options.root, 'kills-')));
  try {
    return await new Kills(folder, options).go();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Kills {
  private readonly folder: string;
  private readonly options: KillsOptions;
  private readonly random: Random;
  private readonly clean: string;
  private readonly killed: string;
  private readonly faults: string[] = [];
  private kills = 0;
  private stagesKilled = 0;
  private cleanSeconds = 0;

  constructor(folder: string, options: KillsOptions) {
    this.folder = folder;
    this.options = options;
    this.random = new Random(options.seed);
    this.clean = join(folder, 'clean');
    this.killed = join(folder, 'killed');
    for (const project of [this.clean, this.killed]) {
      mkdirSync(project);
      writeFileSync(join(project, 'pipeline.yaml'), pipelineOf(options.bytes));
    }
  }

  async go(): Promise<KillsReport> {
    const wanted: Readonly<Record<string, object>>[] = [];
    for (let round = 0; this.kills < this.options.kills; round++) {
      wanted.push(await this.runClean(round));
      await this.killUntilDone(round);
      this.compareLatest(round);
      this.options.say?.(`round ${round}: ${this.kills} kills so far`);
    }
    // Run all rounds again: an incomplete file under a valid name would now be used.
    for (const [round, outputs] of wanted.entries()) {
      const again = await this.run(this.killed, round).ended;
      if (again.finished?.executed !== 0) this.fault(round, 'was incomplete when it was run again');
      if (!isDeepStrictEqual(outputsOf(again), outputs)) this.fault(round, 'has other results');
    }
    const artifacts = join(this.killed, 'artifacts');
    const { objects, corrupt } = checkObjects(artifacts);
    for (const digest of corrupt) this.faults.push(`the object ${digest} is corrupt`);
    const left = incompleteFiles(artifacts).length;
    for (const word of ['verify', 'gc']) {
      const { code, text } = runCommand(this.options.program, this.killed, [word]);
      if (code !== 0) this.faults.push(`${word} ended with ${code}: ${text}`);
    }
    for (const path of incompleteFiles(artifacts)) this.faults.push(`${path} was left by gc`);
    for (const pid of await orphans(this.folder)) this.faults.push(`process ${pid} still runs`);
    const { kills, stagesKilled, cleanSeconds, faults } = this;
    const counts = { kills, rounds: wanted.length, stagesKilled, objects, left };
    return { ...counts, cleanSeconds, faults };
  }

  private run(project: string, round: number): ReturnType<typeof startRun> {
    const words = ['--jobs', '3', '--set', `round=${round}`];
    return startRun(this.options.program, project, words);
  }

  private async runClean(round: number): Promise<Readonly<Record<string, object>>> {
    const run = await this.run(this.clean, round).ended;
    if (run.code !== 0) throw new Error(`a clean run failed: ${run.errors}${describe(run)}`);
    this.cleanSeconds = run.seconds;
    return outputsOf(run);
  }

  private async killUntilDone(round: number): Promise<void> {
    for (;;) {
      const run = this.run(this.killed, round);
      const enough = this.kills >= this.options.kills;
      const after = this.random.next() * 1.1 * this.cleanSeconds;
      const first = await Promise.race([
        run.ended,
        ...(enough ? [] : [wait(1000 * after, 'time' as const)]),
      ]);
      if (first === 'time' && run.kill()) this.kills++;
      const ended = await run.ended;
      if (ended.code === 0) return;
      if (ended.code !== null) {
        this.fault(round, `failed by itself: ${ended.errors}${describe(ended)}`);
        return;
      }
      this.stagesKilled += computing(ended);
    }
  }

  private compareLatest(round: number): void {
    const [clean, killed] = [this.clean, this.killed].map((project) =>
      latestFiles(join(project, 'artifacts')),
    ) as [Record<string, string>, Record<string, string>];
    const paths = new Set([...Object.keys(clean), ...Object.keys(killed)]);
    for (const path of [...paths].filter((one) => clean[one] !== killed[one])) {
      const how = clean[path] === undefined ? 'too much' : killed[path] ? 'other' : 'missing';
      this.fault(round, `shows latest/${path}: ${how}`);
    }
  }

  private fault(round: number, what: string): void {
    this.faults.push(`round ${round} ${what}`);
  }
}

/**
 * Parts of some size. Each is split into a folder of pieces, joined again, and named by its digest.
 */
function pipelineOf(bytes: number): string {
  const piece = Math.ceil(bytes / 4);
  return `vars: { round: 0 }
stages:
  part:
    matrix: { part: [0, 1, 2, 3, 4, 5] }
    run: |
      for i in 1 2 3 4; do
        yes "part \${matrix.part} of \${round}, $i" | head -c ${piece} >> part.bin
        sleep 0.02
      done
    outputs: [part.bin]
  cut:
    each: part
    run: mkdir pieces; split -b ${piece - 1} part.bin pieces/p-
    inputs: { part.bin: part.part.bin }
    outputs: { pieces: pieces }
  join:
    matrix: { half: [0, 1] }
    run: cat a/* b/* > joined.bin
    inputs:
      a: "cut[part=\${matrix.half}].pieces"
      b: "cut[part=5].pieces"
    outputs: [joined.bin]
  name:
    run: sha256sum first second > names.txt
    inputs: { first: "join[half=0].joined.bin", second: "join[half=1].joined.bin" }
    outputs: [names.txt]
`;
}

/** Stages that had started and not ended. */
function computing({ events }: ProgramRun): number {
  const open = new Set<string>();
  for (const event of events) {
    if (event.type === 'stage-started') open.add(event.stage);
    else if (event.type === 'stage-finished') open.delete(event.stage);
  }
  return open.size;
}

function describe({ events }: ProgramRun): string {
  const failed = events.find((event) => event.type === 'stage-failed');
  return failed ? ` ${JSON.stringify(failed)}` : '';
}

/**
 * Processes that still run below the folder a moment later. A command is ended by its watcher,
 * which takes a moment.
 */
async function orphans(folder: string): Promise<number[]> {
  for (let i = 0; i < 50 && processesIn(folder).length > 0; i++) await wait(20);
  return processesIn(folder);
}
