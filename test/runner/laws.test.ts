/** What holds for every pipeline, on random DAGs with random edits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/runner/key/canonical.ts';
import { madeText, Rig } from './rig.ts';

interface Node {
  readonly text: string;
  readonly constant: boolean;
  readonly from: readonly number[];
}

/** Each node takes some of those before it. */
const dag = fc
  .array(
    fc.record({
      text: fc.constantFrom('p', 'q', 'r'),
      constant: fc.boolean(),
      from: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((nodes): Node[] =>
    nodes.map((node, i) => ({
      ...node,
      from: i === 0 ? [] : [...new Set(node.from.map((n) => n % i))],
    })),
  );

function yaml(nodes: readonly Node[], order?: readonly number[]): string {
  const lines = nodes.map((node, i) => {
    const inputs =
      node.from.length > 0 ? `, inputs: { from: [${node.from.map((n) => `s${n}`)}] }` : '';
    return `  s${i}: { uses: make, with: { name: s${i}, text: ${node.text}, constant: ${node.constant} }${inputs} }`;
  });
  return `stages:\n${(order ? order.map((i) => lines[i]!) : lines).join('\n')}\n`;
}

/** The texts that a clean run yields, by a direct evaluation. */
function expected(nodes: readonly Node[]): string[] {
  const texts: string[] = [];
  for (const { text, constant, from } of nodes) {
    texts.push(
      madeText(
        { text, constant },
        from.map((n) => texts[n]!),
      ),
    );
  }
  return texts;
}

/** What makes a node's key: its parameters and the texts it takes. */
function keysOf(nodes: readonly Node[]): string[] {
  const texts = expected(nodes);
  return nodes.map(({ text, constant, from }, i) =>
    canonical([`s${i}`, text, constant, from.map((n) => texts[n]! + n).sort()]),
  );
}

async function withRig(test: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = new Rig();
  try {
    await test(rig);
  } finally {
    rig.remove();
  }
}

/** `npm run test:laws` asks for many more. */
const TIMES = Number(process.env.LAWS_TIMES ?? 1);

describe('on random pipelines', () => {
  it('a cached result is the clean result, a second run executes nothing, an edit what it affects', async () => {
    await fc.assert(
      fc.asyncProperty(dag, fc.nat(), fc.constantFrom('p', 'q', 'new'), async (nodes, at, text) => {
        await withRig(async (rig) => {
          const first = await rig.run(yaml(nodes));
          expect(first.finished.executed).toBe(nodes.length);
          expect((await rig.run(yaml(nodes))).finished.executed).toBe(0);

          const index = at % nodes.length;
          const edited = nodes.map((node, i) => (i === index ? { ...node, text } : node));
          const second = await rig.run(yaml(edited));
          const before = new Set(keysOf(nodes));
          const affected = keysOf(edited).flatMap((key, i) => (before.has(key) ? [] : [`s${i}`]));
          expect([...second.executed].sort()).toEqual(affected.sort());
          expected(edited).forEach((value, i) => {
            expect(rig.outputText(second, `s${i}`)).toBe(value);
          });
          expect((await rig.run(yaml(nodes))).finished.executed).toBe(0);
        });
      }),
      { numRuns: 40 * TIMES, seed: 1 },
    );
  });

  it('the order of declaration and the number of jobs change nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        dag,
        fc.integer(),
        fc.integer({ min: 1, max: 4 }),
        async (nodes, salt, jobs) => {
          await withRig(async (rig) => {
            await rig.run(yaml(nodes));
            const order = nodes
              .map((_, i) => i)
              .sort((a, b) => ((a * 7919 + salt) % 13) - ((b * 7919 + salt) % 13));
            expect((await rig.run(yaml(nodes, order), { jobs })).finished.executed).toBe(0);
          });
        },
      ),
      { numRuns: 15 * TIMES, seed: 2 },
    );
  });

  it('a plan announces what the run does: no more than it says may run, no less than is certain', async () => {
    await fc.assert(
      fc.asyncProperty(dag, fc.nat(), async (nodes, at) => {
        await withRig(async (rig) => {
          await rig.run(yaml(nodes));
          const edited = nodes.map((node, i) =>
            i === at % nodes.length ? { ...node, text: 'new' } : node,
          );
          const { run, pending, hit } = rig.prepare(yaml(edited)).plan.counts;
          const { executed, cached } = (await rig.run(yaml(edited))).finished;
          expect(executed).toBeGreaterThanOrEqual(run);
          expect(executed).toBeLessThanOrEqual(run + pending);
          expect(cached).toBeGreaterThanOrEqual(hit);
        });
      }),
      { numRuns: 15 * TIMES, seed: 3 },
    );
  });
});
