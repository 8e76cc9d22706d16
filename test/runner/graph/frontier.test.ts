/** Which stages a failed stage drops, and which it does not. */
import { expect, it } from 'vitest';
import { Frontier } from '../../../src/runner/graph/frontier.ts';
import type { Pipeline, Stage, StageId } from '../../../src/runner/graph/pipeline.ts';

function pipeline(edges: Readonly<Record<string, readonly string[]>>): Pipeline {
  const stages = Object.entries(edges).map(([id, from]) => ({
    id: id as StageId,
    inputs: new Map([['from', from.map((stage) => ({ stage: stage as StageId, port: 'out' }))]]),
  })) as unknown as Stage[];
  return { stages, byId: new Map(stages.map((stage) => [stage.id, stage])) };
}

it('finds the stages that wait only for one stage', () => {
  const frontier = new Frontier(pipeline({ a: [], b: [], c: ['a'], d: ['a', 'b'], e: ['c'] }));
  const unblocked = (id: string) => frontier.unblockedBy(id as StageId).map((stage) => stage.id);
  expect(unblocked('a')).toEqual(['c']);
  frontier.complete('b' as StageId);
  expect(unblocked('a')).toEqual(['c', 'd']);
});

it('a failed stage drops every stage that depends on it, each once, except for those behind a stage that continues', () => {
  const frontier = new Frontier(
    pipeline({ a: [], b: ['a'], c: ['a'], d: ['b'], e: ['b', 'c'], f: ['e'], g: [] }),
  );
  const goesOn = (id: StageId): boolean => id === 'b';
  expect(frontier.drop('a' as StageId, goesOn).sort()).toEqual(['c', 'e', 'f']);
  expect(frontier.drop('b' as StageId, () => false)).toEqual(['d']);
});
