/** The benchmark measures correctly: a small DAG of this project and of make, and the bounds. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { boundsOf } from '../../bench/engine/bounds.ts';
import { dagOf, links, wantedText } from '../../bench/engine/dag.ts';
import { measure } from '../../bench/engine/measure.ts';
import type { Results, ToolResult } from '../../bench/engine/results.ts';
import { measureScale } from '../../bench/engine/scale.ts';
import { toMarkdown } from '../../bench/engine/table.ts';
import { toolsByName } from '../../bench/engine/tools/index.ts';

const program = resolve('dist/main.js');
const places = { program, venv: undefined, wireit: 'nowhere', jobs: 2 };
const options = { root: tmpdir(), samples: 1, limit: 600 };

describe('the DAG', () => {
  it('has the requested number of links, with known contents', () => {
    const dag = dagOf(150);
    expect([...links(dag)]).toHaveLength(150);
    expect(wantedText(dag, 7, 'leaf 0')).toBe(
      'source 7\nlink 0 of 7\nlink 1 of 7\nleaf 0\nlink 2 of 7\n',
    );
  });
});

describe('measuring', () => {
  // Each checks that the results are right and that nothing ran twice.
  it.each(['pipeline', 'matrix'])('%s is measured in all three kinds of runs', async (id) => {
    const measured = await measure(toolsByName[id]!(places), dagOf(100), options);
    expect(measured).toMatchObject({
      everything: { kind: 'done' },
      nothing: { kind: 'done' },
      leaf: { kind: 'done' },
    });
  });

  it('a matrix is planned, and found up to date', async () => {
    const { firstPlan, nothing } = await measureScale(program, 100, options);
    expect(firstPlan.kind).toBe('done');
    expect(nothing.kind).toBe('done');
  });

  it('reports a tool that is too late', async () => {
    const slow = {
      ...toolsByName.pipeline!(places),
      command: () => ({ words: ['sleep', '6000'] }),
    };
    const measured = await measure(slow, dagOf(50), { ...options, limit: 0.2 });
    expect(measured.everything).toEqual({ kind: 'late', limit: 0.2 });
  });
});

describe('the table', () => {
  const tool = (id: string, seconds: number): ToolResult => {
    const done = { kind: 'done', seconds, megabytes: 200 } as const;
    const measured = { everything: done, nothing: done, leaf: done };
    const sizes = { 1000: measured, 10000: measured };
    return { id, name: id, form: 'a form', version: '1.0', command: `${id} --all`, sizes };
  };
  const results: Results = {
    time: '2026-01-01T00:00:00Z',
    machine: {
      ...{ processor: 'a processor', cores: 2, memoryGigabytes: 8, system: 'linux 6' },
      ...{ fileSystem: 'ext4', node: 'v20', load: 0 },
    },
    jobs: 2,
    samples: 7,
    tools: [tool('pipeline', 0.25), tool('matrix', 0.29), tool('dvc', 40), tool('wireit', 2.5)],
    library: undefined,
    libraryInMemory: undefined,
    leastOfDisk: 0.75,
    largeFile: undefined,
    scale: {
      ...{ stages: 100_000, time: '2026-01-02T00:00:00Z', load: 0.5 },
      firstPlan: { kind: 'done', seconds: 4, megabytes: 390 },
      nothing: { kind: 'done', seconds: 3.1, megabytes: 300 },
    },
  };

  it('compares the slower of our forms with the fastest of the others', () => {
    const holds = boundsOf(results).map((bound) => bound.holds);
    const ofTools = [true, true, true, true, false, true];
    const unknown = [undefined, undefined, undefined];
    const ofMatrix = [true, true, false, true];
    expect(holds).toEqual([...ofTools, ...unknown, ...ofMatrix]);
    expect(boundsOf(results)[3]!.measured).toBe('8.6 times');
  });

  it('describes what was measured and how', () => {
    const text = toMarkdown(results);
    expect(text).toContain('| dvc 1.0 ');
    expect(text).toContain('not measured');
    expect(text).toContain('0.75 ms');
    expect(text).toContain('The matrix of 100,000: on 2026-01-02');
    expect(text).toContain('`wireit --all` (a form)');
  });
});
