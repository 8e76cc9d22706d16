/** What is in the place of a file in `latest/` is renamed. */
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamageRig, text } from './damage-rig.ts';

let rig: DamageRig;
beforeEach(() => {
  rig = new DamageRig();
});
afterEach(() => rig.remove());

describe('something in the way in latest/', () => {
  it.each(['a', 'a/out', 'a/out/value.txt', 'a/.outputs'])('at %s is renamed', async (path) => {
    await rig.ready();
    const full = join(rig.layout.latest, path);
    rmSync(full, { recursive: true });
    if (path === 'a' || path === 'a/out') writeFileSync(full, 'of a person');
    else mkdirSync(join(full, 'of a person'), { recursive: true });
    const other = text.replace('text: x', 'text: other');
    const { finished, events } = await rig.run(other);
    expect(finished).toMatchObject({ failed: 0, remaining: 0 });
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
    expect(readFileSync(join(rig.layout.latest, 'a/out/value.txt'), 'utf8')).toContain('other');
    expect(readdirSync(dirname(full)).some((name) => name.endsWith('.1'))).toBe(true);
  });

  it('a damaged note does not make our files look like user files', async () => {
    await rig.ready();
    appendFileSync(join(rig.layout.latest, 'a/.outputs'), 'x');
    await rig.run(text.replace('text: x', 'text: other'));
    expect(readdirSync(join(rig.layout.latest, 'a/out'))).toEqual(['value.txt']);
  });
});
