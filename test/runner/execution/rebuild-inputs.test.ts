/** Damaged inputs: the stages that built them build them again, in the same run. */
import { chmodSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, ok } from '../../../src/base/result.ts';
import type { Outputs } from '../../../src/runner/execution/decide.ts';
import { readArtifact } from '../../../src/runner/store/artifact.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { Rig, type RunOutcome } from '../rig.ts';
import { damageUnseen } from '../unseen-damage.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

const stage = (name: string, from = '', text = '') =>
  `  ${name}: { uses: make, with: { name: ${name}, text: "${text}" }${from && `, inputs: { from: [${from}] }`} }\n`;

function outputsOf({ events }: RunOutcome, id: string): Outputs {
  for (const event of events) {
    const made = event.type === 'stage-finished' || event.type === 'stage-cached';
    if (made && event.stage === id) return event.outputs;
  }
  throw new Error(`no outputs of ${id}`);
}

/** Flips the bytes of a stage's output, as a disk might. */
function damage(outcome: RunOutcome, id: string): void {
  const store = new ObjectStore(rig.layout);
  for (const { digest } of readArtifact(outputsOf(outcome, id).out!, store)!.files) {
    damageUnseen(store.path(digest));
  }
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[0]! ^= 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

/** Every stage ends once, whatever happened to it before. */
function expectWholeCount({ finished }: RunOutcome, stages: number): void {
  const { executed, cached, failed, skipped, remaining } = finished;
  expect(executed + cached + failed + skipped + remaining).toBe(stages);
  expect(remaining).toBeGreaterThanOrEqual(0);
}

describe('a damaged input', () => {
  it('with several consumers at once is rebuilt once', async () => {
    const before = `stages:\n${stage('a')}`;
    damage(await rig.run(before), 'a');
    const text = before + stage('b', 'a', '1') + stage('c', 'a', '2') + stage('d', 'a', '3');
    const outcome = await rig.run(text);
    expect(outcome.finished).toMatchObject({ executed: 4, cached: 0, failed: 0, remaining: 0 });
    expect(rig.executor.counts.get('a')).toBe(2);
    const warnings = outcome.events.filter((event) => event.type === 'warning');
    expect(warnings).toEqual([
      { type: 'warning', message: '"value.txt" of a was damaged on disk; it is rebuilt' },
    ]);
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 4 });
  });

  it('is rebuilt from the root if the input of its builder is damaged too', async () => {
    const before = `stages:\n${stage('a')}${stage('b', 'a')}${stage('c', 'b')}`;
    const first = await rig.run(before);
    for (const id of ['a', 'b', 'c']) damage(first, id);
    const outcome = await rig.run(before + stage('d', 'c'));
    expect(outcome.finished).toMatchObject({ executed: 4, failed: 0, remaining: 0 });
    expect(outcome.executed).toEqual(['a', 'b', 'c', 'd']);
    expectWholeCount(outcome, 4);
  });

  it('that is rebuilt with other bytes gives each consumer a new key', async () => {
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

  it('that cannot be rebuilt fails its builder and skips the rest', async () => {
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

  it('that is rebuilt with other bytes before a consumer starts gives it a new key', async () => {
    const before = `stages:\n${stage('a')}`;
    let clock = 0;
    const ticking = { now: () => (clock += 5000) };
    damage(await rig.run(before, ticking), 'a');
    rig.executor.instead.set('a', ({ outputs }) => {
      writeFileSync(`${outputs.out}/value.txt`, 'other bytes');
      writeFileSync(`${outputs.other}/note.txt`, 'a');
      return ok(undefined);
    });
    const text = before + stage('b', 'a', '1') + stage('c', 'a', '2') + stage('d', 'a', '3');
    const outcome = await rig.run(text, { jobs: 1, ...ticking });
    expect(outcome.finished).toMatchObject({ executed: 4, failed: 0, remaining: 0 });
    for (const id of ['b', 'c', 'd']) expect(rig.outputText(outcome, id)).toContain('other bytes');
  });

  it('that is damaged again each time fails the stage in the end', async () => {
    const before = `stages:\n${stage('a')}`;
    const first = await rig.run(before);
    damage(first, 'a');
    rig.executor.instead.set('a', ({ outputs }) => {
      writeFileSync(`${outputs.out}/value.txt`, rig.executor.counts.get('a')!.toString());
      writeFileSync(`${outputs.other}/note.txt`, 'a');
      return ok(undefined);
    });
    const text = before + stage('b', 'a');
    // The new bytes are deleted before a stage reads them.
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

describe('an entry in the index of the latest results', () => {
  const text = `stages:\n${stage('a')}`;

  it('is not used for an output with a damaged list of files', async () => {
    const first = await rig.run(text);
    flip(rig.layout.object(outputsOf(first, 'a').out!));
    const outcome = await rig.run(text + stage('b', 'a', '1'));
    expect(outcome.finished).toMatchObject({ executed: 2, failed: 0, remaining: 0 });
  });

  it('is not used after a forced run wrote other files, and many of them', async () => {
    await rig.run(text);
    rig.executor.instead.set('a', ({ outputs }) => {
      for (let i = 0; i < 20; i++) writeFileSync(`${outputs.out}/value${i}.txt`, 'other');
      writeFileSync(`${outputs.other}/note.txt`, 'a');
      return ok(undefined);
    });
    const forced = await rig.run(text, { forced: ['a'] });
    const next = await rig.run(text);
    expect(next.executed).toEqual([]);
    expect(outputsOf(next, 'a')).toEqual(outputsOf(forced, 'a'));
  });

  it('does not hide that a result that no stage reads was truncated: it is rebuilt', async () => {
    const digest = readArtifact(
      outputsOf(await rig.run(text), 'a').out!,
      new ObjectStore(rig.layout),
    )!.files[0]!.digest;
    const shown = join(rig.layout.latest, 'a/out/value.txt');
    for (const path of [rig.layout.object(digest), shown]) {
      chmodSync(path, 0o644);
      truncateSync(path, 0);
    }
    expect((await rig.run(text)).executed).toEqual(['a']);
    expect(readFileSync(shown, 'utf8')).not.toBe('');
  });
});
