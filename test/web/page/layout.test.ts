import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Drawing, NODE } from '../../../src/web/page/drawing.ts';
import { inLayers } from '../../../src/web/page/layers.ts';
import { layOut } from '../../../src/web/page/layout.ts';

type Groups = readonly { readonly takes: readonly number[] }[];

/** Each node depends on some of the nodes before it. */
const graphs = (most: number): fc.Arbitrary<Groups> =>
  fc
    .array(fc.array(fc.nat(1000), { maxLength: 3 }), { minLength: 1, maxLength: most })
    .map((lists) =>
      lists.map((list, i) => ({ takes: i === 0 ? [] : [...new Set(list.map((one) => one % i))] })),
    );

const ways: readonly (readonly [string, (groups: Groups) => Drawing, number, number])[] = [
  ['dagre', (groups) => layOut(groups, Number.POSITIVE_INFINITY), 12, 30],
  ['layers', (groups) => inLayers(groups, NODE, Number.POSITIVE_INFINITY), 80, 200],
  ['layers in a narrow window', (groups) => layOut(groups, 400), 80, 100],
];

describe.each(ways)('a graph laid out by %s', (_name, draw, most, numRuns) => {
  it('has each node below its inputs, without overlaps, inside the drawing', () => {
    fc.assert(
      fc.property(graphs(most), (groups) => {
        const { nodes, lines, width, height } = draw(groups);
        for (const [i, { x, y }] of nodes.entries()) {
          expect(x - NODE.width / 2).toBeGreaterThanOrEqual(0);
          expect(x + NODE.width / 2).toBeLessThanOrEqual(width);
          expect(y - NODE.height / 2).toBeGreaterThanOrEqual(0);
          expect(y + NODE.height / 2).toBeLessThanOrEqual(height);
          for (const taken of groups[i]!.takes) {
            expect(nodes[taken]!.y + NODE.height).toBeLessThan(y);
          }
          for (const other of nodes.slice(i + 1)) {
            const apart =
              Math.abs(other.x - x) >= NODE.width || Math.abs(other.y - y) >= NODE.height;
            expect(apart).toBe(true);
          }
        }
        const pairs = groups.flatMap(({ takes }, to) => takes.map((from) => `${from} ${to}`));
        expect(lines.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(pairs.sort());
        for (const { path } of lines) expect(path).not.toContain('NaN');
      }),
      { numRuns },
    );
  });
});

it('uses the simple layout for a graph for which dagre would take seconds', () => {
  const groups = Array.from({ length: 1000 }, (_, i) => ({ takes: i === 0 ? [] : [i >> 1] }));
  expect(layOut(groups, 2000)).toEqual(inLayers(groups, NODE, 2000));
});

it.each([400, 1280, 2560])('a large graph fits into %i pixels', (room) => {
  const groups = Array.from({ length: 300 }, (_, i) => ({ takes: i === 0 ? [] : [i >> 3] }));
  expect(layOut(groups, room).width).toBeLessThanOrEqual(room);
});

it('a wide graph is laid out in rows that fit', () => {
  const groups = [{ takes: [] }, ...Array.from({ length: 9 }, () => ({ takes: [0] }))];
  expect(layOut(groups, 3000).width).toBeGreaterThan(1280);
  expect(layOut(groups, 1280).width).toBeLessThanOrEqual(1280);
});
