import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from '../../../src/runner/document/diagnostic.ts';
import { formatLock, type Lock, parseLock } from '../../../src/runner/history/lock-file.ts';
import { digestOf } from '../../../src/runner/key/digest.ts';
import type { StageKey } from '../../../src/runner/key/fingerprint.ts';

const stage = (name: string): Lock['stages'][string] => ({
  key: digestOf(name) as StageKey,
  parameters: digestOf(`${name} parameters`),
  inputs: digestOf(`${name} inputs`),
  outputs: { b: digestOf(`${name} b`), a: digestOf(`${name} a`) },
});

const lock: Lock = {
  facts: { backend: 'wasm 1' },
  configs: ['configs/a b.yaml'],
  settings: ['text="x: #1"'],
  stages: { 'part[of="x: y",rate=1]': stage('p'), base: stage('base'), 'é #': stage('e') },
};

describe('a lock', () => {
  it('is read as it was written, whatever the names are', () => {
    const read = parseLock(formatLock(lock));
    expect(read).toEqual({ ok: true, value: lock });
  });

  it('is the same text, whatever the order of the stages is', () => {
    const stages = Object.fromEntries(Object.entries(lock.stages).reverse());
    expect(formatLock({ ...lock, stages })).toBe(formatLock(lock));
  });

  it('changes in one block if one stage changes', () => {
    const before = formatLock(lock).split('\n\n');
    const stages = { ...lock.stages, base: stage('other') };
    const after = formatLock({ ...lock, stages }).split('\n\n');
    expect(after.filter((block, i) => block !== before[i])).toHaveLength(1);
    expect(after.every((block) => block.split('\n').length > 1)).toBe(true);
  });

  it.each([
    [
      'a digest that is none',
      (text: string) => text.replace(/key: "..../, 'key: "'),
      'not a digest',
    ],
    ['an unknown part', (text: string) => text.replace('lock: 1', 'lock: 1\nlokc: 2'), '"lokc"'],
    ['another version', (text: string) => text.replace('lock: 1', 'lock: 2'), 'expected 1'],
    [
      'a conflict',
      (text: string) => text.replace('\n  "base":', '\n<<<<<<< ours\n  "base":'),
      'pipeline.lock:',
    ],
  ])('reports %s with its place', (_what, edit, message) => {
    const read = parseLock(edit(formatLock(lock)));
    if (read.ok) throw new Error('it reads');
    const { diagnostics, sources } = read.error;
    const text = diagnostics.map((one) => formatDiagnostic(one, sources)).join('\n');
    expect(text).toContain(message);
    expect(text).toMatch(/^pipeline\.lock:\d+:\d+: error/);
  });
});
