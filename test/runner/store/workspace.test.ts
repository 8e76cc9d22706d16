/** A reused workspace contains nothing of the previous attempt. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/runner/key/digest.ts';
import { readArtifact } from '../../../src/runner/store/artifact.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { make, Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

it('code of the project that writes after its end does not write into another result', async () => {
  rig.types.set('make', { ...make, module: '/own.mjs' });
  rig.codes = { '/own.mjs': { digest: digestOf('own'), packages: {}, files: {} } };
  rig.executor.hold('first', 'second');
  const text = `stages:
  first: { uses: make, with: { name: first } }
  second: { uses: make, with: { name: second } }
`;
  const running = rig.run(text, { jobs: 1 });
  const first = await rig.executor.next('first');
  first.finish();
  const second = await rig.executor.next('second');
  // Like a promise that is not awaited.
  try {
    writeFileSync(join(first.invocation.outputs.out!, 'late.txt'), 'late');
  } catch {
    // Its folder is gone.
  }
  second.finish();
  const { events } = await running;
  const store = new ObjectStore(rig.layout);
  for (const event of events) {
    if (event.type !== 'stage-finished') continue;
    const names = readArtifact(event.outputs.out!, store)!.files.map((file) => file.path);
    expect(names).toEqual(['value.txt']);
  }
});

describe('an object that was found complete', () => {
  it('and is gone since is stored again', () => {
    const store = new ObjectStore(rig.layout);
    const digest = store.putText('text');
    rig.remove();
    store.putText('text');
    expect(store.has(digest)).toBe(true);
  });
});
