/**
 * The DAG that every tool gets: 50 chains of links. The output of a link is its predecessor's file plus one line. The
 * first link of a chain reads a source file. The last link also reads a file of its own, so that a change of that file
 * makes exactly one stage out of date.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Dag {
  readonly chains: number;
  readonly length: number;
}

export interface Link {
  readonly chain: number;
  /** Its position in the chain, from 0. */
  readonly at: number;
  readonly name: string;
  /** The link before it. None if it reads the source. */
  readonly before: string | undefined;
  /** Files of the project that it reads. */
  readonly files: readonly string[];
  /** The line that it adds. */
  readonly line: string;
}

const CHAINS = 50;

export function dagOf(stages: number): Dag {
  return { chains: CHAINS, length: stages / CHAINS };
}

/** Chain by chain, in order. */
export function* links({ chains, length }: Dag): Generator<Link> {
  for (let chain = 0; chain < chains; chain++) {
    for (let at = 0; at < length; at++) {
      const first = at === 0 ? [sourceOf(chain)] : [];
      const last = at === length - 1 ? [leafOf(chain)] : [];
      yield {
        chain,
        at,
        name: nameOf(chain, at),
        before: at === 0 ? undefined : nameOf(chain, at - 1),
        files: [...first, ...last],
        line: lineOf(chain, at),
      };
    }
  }
}

export function nameOf(chain: number, at: number): string {
  return `c${chain}-${at}`;
}

export function lineOf(chain: number | string, at: number): string {
  return `link ${at} of ${chain}`;
}

export function lastLinks({ chains, length }: Dag): string[] {
  return Array.from({ length: chains }, (_, chain) => nameOf(chain, length - 1));
}

export function sourceOf(chain: number | string): string {
  return `src/${chain}.txt`;
}

/** The file that only the last link of a chain reads. */
export function leafOf(chain: number | string): string {
  return `leaf/${chain}.txt`;
}

export function writeSources(folder: string, { chains }: Dag): void {
  for (const inside of ['src', 'leaf', 'out']) mkdirSync(join(folder, inside), { recursive: true });
  for (let chain = 0; chain < chains; chain++) {
    writeFileSync(join(folder, sourceOf(chain)), `source ${chain}\n`);
    writeFileSync(join(folder, leafOf(chain)), 'leaf 0\n');
  }
}

/** The final content of the last link of a chain. */
export function wantedText({ length }: Dag, chain: number, leaf: string): string {
  const lines = Array.from({ length }, (_, at) => lineOf(chain, at));
  const last = lines.pop()!;
  return `${[`source ${chain}`, ...lines, leaf, last].join('\n')}\n`;
}
