/** Damaged inputs: whoever made them does so again, within the same run. */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, ok } from '../../../src/runner/result.ts';
import { readArtifact } from '../../../src/runner/store/artifact.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { Rig, type RunOutcome } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

const stage = (name: string, from = '', text = '') =>
  `  ${name}: { uses: make, with: { name: ${name}, text: "${text}" }${from && `, inputs: { from: [${from}] }`} }\n`;

/** Flips the bytes of a stage's output, as a disk might. */
function damage(outcome: RunOutcome, id: string): void {
  const store = new ObjectStore(rig.layout);
  for (const event of outcome.events) {
    if (event.type !== 'stage-finished' && event.type !== 'stage-cached') continue;
    if (event.stage !== id) continue;
    for (const { digest } of readArtifact(event.outputs.out!, store)!.files) {
      const path = store.path(digest);
      const bytes = readFileSync(path);
      bytes[0]! ^= 1;
      chmodSync(path, 0o644);
      writeFileSync(path, bytes);
    }
  }
}

/** Every stage is told once in the end, whatever happened to it on the way. */
function expectWholeCount({ finished }: RunOutcome, stages: number): void {
  const { executed, cached, failed, skipped, remaining } = finished;
  expect(executed + cached + failed + skipped + remaining).toBe(stages);
  expect(remaining).toBeGreaterThanOrEqual(0);
}

describe('a damaged input', () => {
  it('with several consumers at once is made again once', async () => {
    const before = `stages:\n${stage('a')}`;
    damage(await rig.run(before), 'a');
    const text = before + stage('b', 'a', '1') + stage('c', 'a', '2') + stage('d', 'a', '3');
    const outcome = await rig.run(text);
    expect(outcome.finished).toMatchObject({ executed: 4, cached: 0, failed: 0, remaining: 0 });
    expect(rig.executor.counts.get('a')).toBe(2);
    const warnings = outcome.events.filter((event) => event.type === 'warning');
    expect(warnings).toEqual([
      { type: 'warning', message: '"value.txt" of a was damaged on disk; it is made again' },
    ]);
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 4 });
  });

  it('whose maker has a damaged input too is made again from the root', async () => {
    const before = `stages:\n${stage('a')}${stage('b', 'a')}${stage('c', 'b')}`;
    const first = await rig.run(before);
    for (const id of ['a', 'b', 'c']) damage(first, id);
    const outcome = await rig.run(before + stage('d', 'c'));
    expect(outcome.finished).toMatchObject({ executed: 4, failed: 0, remaining: 0 });
    expect(outcome.executed).toEqual(['a', 'b', 'c', 'd']);
    expectWholeCount(outcome, 4);
  });

  it('that comes out with other bytes gives each consumer its new key', async () => {
    const before = `stages:\n${stage('a')}`;
    damage(await rig.run(before), 'a');
    rig.executor.instead.set('a', ({ outputs }) => {
      writeFileSync(`${outputs.out}/value.txt`, 'other bytes');
      writeFileSync(`${outputs.other}/note.txt`, 'a');
      return ok(undefined);
    });
    const text = before + stage('b', 'a', '1') + stage('c', 'a', '2') + stage('d', 'a', '3');
    const outcome = await rig.run(text, { jobs: 1 });
    expect(outcome.finished).toMatchObject({ executed: 4, failed: 0, remaining: 0 });
    for (const id of ['b', 'c', 'd']) expect(rig.outputText(outcome, id)).toContain('other bytes');
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 4 });
  });

  it('that can not be made again fails its maker, and skips the rest', async () => {
    const before = `stages:\n${stage('a')}${stage('x', '', 'of its own')}`;
    damage(await rig.run(before), 'a');
    rig.executor.instead.set('a', () => fail({ kind: 'stage', message: 'no more' }));
    const text = before + stage('b', 'a', '1') + stage('c', 'b') + stage('y', 'x');
    const outcome = await rig.run(text, { keepGoing: true });
    expect(outcome.finished).toMatchObject({
      executed: 1,
      cached: 1,
      failed: 1,
      skipped: 2,
      remaining: 0,
    });
    expectWholeCount(outcome, 5);
    const stopped = await rig.run(text, { jobs: 1 });
    expectWholeCount(stopped, 5);
  });

  it('that is damaged again each time is given up', async () => {
    const before = `stages:\n${stage('a')}`;
    const first = await rig.run(before);
    damage(first, 'a');
    rig.executor.instead.set('a', ({ outputs }) => {
      writeFileSync(`${outputs.out}/value.txt`, rig.executor.counts.get('a')!.toString());
      writeFileSync(`${outputs.other}/note.txt`, 'a');
      return ok(undefined);
    });
    const text = before + stage('b', 'a');
    // What was just written is taken away before anybody reads it.
    const outcome = await rig.run(text, {
      onEvent: (event) => {
        if (event.type !== 'stage-finished' || event.stage !== 'a') return;
        const store = new ObjectStore(rig.layout);
        for (const { digest } of readArtifact(event.outputs.out!, store)!.files) {
          rmSync(store.path(digest));
          writeFileSync(store.path(digest), 'broken');
        }
      },
    });
    expect(rig.executor.counts.get('a')).toBeLessThan(6);
    expectWholeCount(outcome, 2);
  });
});
