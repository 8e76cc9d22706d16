/** Random pipelines, and what a clean run of them writes. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { madeText } from './held-executor.ts';
import { Rig, type RunOutcome } from './rig.ts';

export interface Node {
  readonly text: string;
  readonly constant: boolean;
  readonly from: readonly number[];
}

/** Each node has inputs from some of the nodes before it. */
export const dag = fc
  .array(
    fc.record({
      text: fc.constantFrom('p', 'q', 'r'),
      constant: fc.boolean(),
      from: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((nodes): Node[] =>
    nodes.map((node, i) => ({
      ...node,
      from: i === 0 ? [] : [...new Set(node.from.map((n) => n % i))],
    })),
  );

/** The texts of a clean run, by direct evaluation. */
export function expected(
  nodes: readonly Node[],
  files: readonly (string | undefined)[] = [],
): string[] {
  const texts: string[] = [];
  for (const [i, { text, constant, from }] of nodes.entries()) {
    const own = files[i] === undefined ? [] : [files[i]];
    texts.push(madeText({ text, constant }, [...from.map((n) => texts[n]!), ...own]));
  }
  return texts;
}

/** Deletes a file in the folder, except for notes, which users do not read. */
export function removeOne(folder: string, at: number): void {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.outputs'))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
  const path = paths[at % paths.length];
  if (path) rmSync(path);
}

export async function withRig(test: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = new Rig();
  try {
    await test(rig);
  } finally {
    rig.remove();
  }
}

/** The outputs of the stages, and the files shown for them. */
export function expectTexts(rig: Rig, outcome: RunOutcome, texts: readonly string[]): void {
  texts.forEach((value, i) => {
    expect(rig.outputText(outcome, `s${i}`)).toBe(value);
    const shown = join(rig.layout.latest, `s${i}`, 'out', 'value.txt');
    expect(readFileSync(shown, 'utf8')).toBe(value);
  });
}

/** `npm run test:laws` asks for many more. */
export const TIMES = Number(process.env.LAWS_TIMES ?? 1);
