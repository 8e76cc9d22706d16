import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Digest } from '../../../src/runner/key/digest.ts';
import { Layout } from '../../../src/runner/store/layout.ts';

const digest = 'ab'.repeat(32) as Digest;

test('in an artifacts folder below the current one, relative paths name the same files', () => {
  const layout = new Layout(resolve('some/artifacts')).ofEdition('compare');
  const here = layout.fromHere();
  expect(here.root).toBe('some/artifacts');
  expect(here.object(digest)).not.toBe(layout.object(digest));
  expect(resolve(here.object(digest))).toBe(layout.object(digest));
  expect(resolve(here.latest)).toBe(layout.latest);
  expect(resolve(here.lastPlan)).toBe(layout.lastPlan);
});

test.each(['..', '.', '../artifacts', '/', '/artifacts'])(
  'an artifacts folder at %s has the same paths from here',
  (root) => {
    const layout = new Layout(resolve(root));
    expect(layout.fromHere()).toBe(layout);
  },
);
