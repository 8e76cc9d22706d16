/**
 * Measures one tool on one DAG: everything to do, nothing to do, one leaf changed. The outputs are checked after each.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dag, leafOf, wantedText, writeSources } from './dag.ts';
import { type Timed, timed } from './timed.ts';
import type { Tool } from './tools/tool.ts';

export interface Measured {
  /** Missing if the result was written instead of computed. */
  readonly everything?: Timed;
  readonly nothing?: Timed;
  readonly leaf?: Timed;
  /** A note on these numbers. */
  readonly note?: string;
}

export interface MeasureOptions {
  /** The folder for temporary folders. */
  readonly root: string;
  /** The number of runs with nothing to do, and half as many with a changed leaf. The median counts. */
  readonly samples: number;
  /** The time limit of one run in seconds. */
  readonly limit: number;
}

export async function measure(tool: Tool, dag: Dag, options: MeasureOptions): Promise<Measured> {
  const folder = mkdtempSync(join(options.root, 'bench-'));
  try {
    return await measureIn(folder, tool, dag, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureIn(
  folder: string,
  tool: Tool,
  dag: Dag,
  { samples, limit }: MeasureOptions,
): Promise<Measured> {
  writeSources(folder, dag);
  tool.generate(folder, dag);
  const run = (): Promise<Timed> => timed(tool.command(folder), folder, limit);
  const text = (chain: number): string =>
    readFileSync(tool.outputOf(folder, chain, dag.length - 1), 'utf8');

  const { importState } = tool;
  const many = importState !== undefined && dag.chains * dag.length >= importState.from;
  const first = many ? undefined : await run();
  const everything = first ? { everything: first } : {};
  const imported = importState !== undefined && (many || first?.kind === 'late');
  if (imported) {
    emptyFolder(folder);
    writeSources(folder, dag);
    tool.generate(folder, dag);
    importState.write(folder, dag);
    const taken = await run();
    if (taken.kind !== 'done') return { ...everything, nothing: taken, note: importState.what };
  } else if (first?.kind !== 'done') return everything;
  const wrong = (what: string): Measured => ({
    ...everything,
    nothing: { kind: 'failed', message: `not as it should be: ${what}` },
  });
  for (let chain = 0; chain < dag.chains; chain++) {
    if (text(chain) !== wantedText(dag, chain, 'leaf 0')) return wrong(`chain ${chain}`);
  }
  // The first run after another kind of run may clean up, so it is not counted.
  await run();
  const changedAt = (at: number): number => statSync(tool.outputOf(folder, 0, at)).mtimeMs;
  const before = changedAt(0);
  const nothing = await several(samples, run);
  if (changedAt(0) !== before) return wrong('a run with nothing to do made files again');

  let version = 0;
  const leaf = await several(Math.max(3, Math.ceil(samples / 2)), async () => {
    writeFileSync(join(folder, leafOf(0)), `leaf ${++version}\n`);
    return run();
  });
  if (text(0) !== wantedText(dag, 0, `leaf ${version}`)) return wrong('the changed leaf');
  return { ...everything, nothing, leaf, ...(imported && { note: importState.what }) };
}

function emptyFolder(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
}

/** The median by time. Stops at the first run that fails or is too late. */
export async function several(count: number, run: () => Promise<Timed>): Promise<Timed> {
  const done: Extract<Timed, { kind: 'done' }>[] = [];
  for (let i = 0; i < count; i++) {
    const one = await run();
    if (one.kind !== 'done') return one;
    done.push(one);
    // A tool that takes minutes is measured less often.
    if (i >= 2 && done.reduce((sum, { seconds }) => sum + seconds, 0) > 60) break;
  }
  done.sort((a, b) => a.seconds - b.seconds);
  return done[Math.floor(done.length / 2)]!;
}
