import { describe, expect, it } from 'vitest';
import type { Event } from '../../../src/runner/execution/event.ts';
import { TimeLeft } from '../../../src/runner/execution/time-left.ts';
import type { StageId } from '../../../src/runner/graph/pipeline.ts';

const id = (text: string): StageId => text as StageId;
let seconds = 0;
const now = (): number => seconds * 1000;
const started = (stage: string) => ({ type: 'stage-started', stage: id(stage) }) as Event;
const finished = (stage: string, took: number) =>
  ({ type: 'stage-finished', stage: id(stage), seconds: took }) as Event;

describe('the time left of a run', () => {
  it('is the remaining work divided by the jobs, and at least the longest stage', () => {
    seconds = 0;
    const past = new Map([
      [id('a'), 10],
      [id('b'), 30],
      [id('c'), 20],
    ]);
    const left = new TimeLeft([id('a'), id('b'), id('c')], past, 2, now);
    expect(left.seconds()).toBe(30);
    left.see(started('a'));
    left.see(started('b'));
    seconds = 10;
    expect(left.seconds()).toBe(20);
    left.see(finished('a', 10));
    left.see(finished('b', 12));
    expect(left.seconds()).toBe(20);
  });

  it('uses the progress that a stage reports', () => {
    seconds = 0;
    const left = new TimeLeft([id('a')], new Map([[id('a'), 10]]), 1, now);
    left.see(started('a'));
    seconds = 30;
    left.see({ type: 'stage-progress', stage: id('a'), progress: { fraction: 0.25 } });
    expect(left.seconds()).toBe(90);
  });

  it('is unknown until there is a duration for each stage, or for another instance of it', () => {
    seconds = 0;
    const left = new TimeLeft([id('s[x=1]'), id('s[x=2]')], new Map(), 1, now);
    expect(left.seconds()).toBeUndefined();
    left.see(started('s[x=1]'));
    left.see(finished('s[x=1]', 4));
    expect(left.seconds()).toBe(4);
  });
});
