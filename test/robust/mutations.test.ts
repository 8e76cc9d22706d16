/** A few hundred broken pipelines; `node bench/robust/run.mjs mutations` tries ten thousand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { projectsIn } from '../../bench/robust/in-memory-project.ts';
import { problemOf, tryMutations } from '../../bench/robust/mutations.ts';
import { originalsOf } from '../../bench/robust/originals.ts';

const root = mkdtempSync(join(tmpdir(), 'mutations-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const originals = originalsOf('.');
const open = projectsIn(root);

it.each(originals)('an original pipeline is valid', async ({ files, pipeline }) => {
  const onRefused = () => expect.unreachable();
  expect(await problemOf({ ...files, 'pipeline.yaml': pipeline }, open, onRefused)).toBe(undefined);
});

it('a broken pipeline never causes an exception, and the error has a place', async () => {
  const { faults, refused, accepted } = await tryMutations(originals, open, 250, 1);
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(80);
  expect(accepted).toBeGreaterThan(15);
});
