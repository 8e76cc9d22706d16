import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeReason } from '../../../src/runner/execution/reason.ts';
import { digestCode } from '../../../src/runner/key/code-digest.ts';
import { difference } from '../../../src/runner/key/difference.ts';
import { digestOf } from '../../../src/runner/key/digest.ts';
import { type Fingerprint, keyOf } from '../../../src/runner/key/fingerprint.ts';
import type { StageCode } from '../../../src/runner/key/stage-code.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'declarations-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const source = `
import { join } from 'node:path';
/** Half. */
export const half = (n: number) => n / 2;
const text = \`
not a const statement = of its own
\`;
export function thin(values: number[]): number[] {
  const kept = values.filter((one) => one > 0);

  return kept.map(half);
}
class Matrix { rows = 1; }
export const run = async () => [thin([8]), join(text), new Matrix()];
`;

async function codeOf(text: string): Promise<StageCode> {
  writeFileSync(join(root, 'stage.ts'), text);
  return digestCode('stage.ts', root, '{"packages":{}}', esbuild);
}

function fingerprintOf(code: StageCode): Fingerprint {
  return { record: 'stage/1', type: 't', code, parameters: {}, inputs: {}, environment: {} };
}

async function reasonFor(edited: string, before?: StageCode): Promise<readonly string[]> {
  const old = fingerprintOf(before ?? (await codeOf(source)));
  const changes = difference(old, fingerprintOf(await codeOf(edited)));
  return describeReason({ kind: 'changed', changes });
}

describe('a change of code', () => {
  it.each([
    ['a function', source.replace('one > 0', 'one > 1'), 'thin'],
    ['an arrow function', source.replace('n / 2', 'n / 3'), 'half'],
    ['a class', source.replace('rows = 1', 'rows = 2'), 'Matrix'],
    ['a text of several lines', source.replace('of its own', 'at all'), 'text, statements'],
    ['an import', source.replace('{ join }', '{ resolve as join }'), 'imports'],
    [
      'what came and went',
      source.replace('class Matrix', 'class Other').replace('new Matrix', 'new Other'),
      'Other (new), run, Matrix (gone)',
    ],
  ])('names %s', async (_what, edited, named) => {
    if (named === 'text, statements') {
      expect((await reasonFor(edited))[0]).toMatch(
        /^code: stage\.ts: (?:text|statements|text, statements)$/,
      );
    } else expect(await reasonFor(edited)).toEqual([`code: stage.ts: ${named}`]);
  });

  it('names a few of many, and counts the rest', async () => {
    const many = (n: number) =>
      Array.from({ length: 9 }, (_, i) => `export const f${i} = ${i + n};\n`).join('') +
      'export const run = () => [f0, f1, f2, f3, f4, f5, f6, f7, f8];\n';
    const before = await codeOf(many(0));
    expect(await reasonFor(many(1), before)).toEqual(['code: stage.ts: f0, f1, f2, f3 and 5 more']);
  });

  it('names nothing if only a comment or the layout changed', async () => {
    expect(await reasonFor(source.replace('/** Half. */', '// half\n\n'))).toEqual([]);
  });

  it('names only the file if the old record has no declarations', async () => {
    const code = await codeOf(source);
    const files = { 'stage.ts': code.files['stage.ts']!.slice(0, 64) };
    const edited = source.replace('n / 2', 'n / 3');
    expect(await reasonFor(edited, { ...code, files })).toEqual(['code: stage.ts']);
  });
});

describe('the evidence', () => {
  it('is not part of a key, and records of older stores keep their keys', async () => {
    const code = await codeOf(source);
    expect(code.files['stage.ts']).toMatch(/^[0-9a-f]{64} imports=[0-9a-f]{8} half=[0-9a-f]{8} /);
    const plain = { ...code, files: { 'stage.ts': code.files['stage.ts']!.slice(0, 64) } };
    expect(keyOf(fingerprintOf(code))).toBe(keyOf(fingerprintOf(plain)));
    expect(difference(fingerprintOf(plain), fingerprintOf(code))).toEqual([]);
    // As made before declarations were recorded.
    const known: Fingerprint = {
      record: 'stage/1',
      type: 'train',
      code: { digest: digestOf('code'), packages: { p: '1' }, files: { 'a.ts': digestOf('a') } },
      parameters: { epochs: 2 },
      inputs: { data: [digestOf('data')] },
      environment: { backend: 'wasm 1' },
    };
    expect(keyOf(known)).toBe('85dac200116fb88d6b5914ada9870c4e1fb0631aef27e75c6038cfc0f4e75300');
  });
});
