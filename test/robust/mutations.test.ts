/** Some hundred broken pipelines; `node bench/robust/run.mjs mutations` tries ten thousand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { problemOf, tryMutations } from '../../bench/robust/mutations.ts';
import { projectsIn } from '../../bench/robust/open-project.ts';
import { originalsOf } from '../../bench/robust/originals.ts';

const root = mkdtempSync(join(tmpdir(), 'mutations-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const originals = originalsOf('.');
const open = projectsIn(root);

it.each(originals)('an original pipeline is good', async ({ files, pipeline }) => {
  const onRefused = () => expect.unreachable();
  expect(await problemOf({ ...files, 'pipeline.yaml': pipeline }, open, onRefused)).toBe(undefined);
});

it('never gets an exception out of a broken pipeline, and is told where it is broken', async () => {
  const { faults, refused, accepted } = await tryMutations(originals, open, 250, 1);
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(80);
  expect(accepted).toBeGreaterThan(15);
});
