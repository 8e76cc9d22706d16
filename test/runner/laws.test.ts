/** Laws for every pipeline, checked on random DAGs with random edits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/runner/key/canonical.ts';
import {
  dag,
  expected,
  expectTexts,
  type Node,
  removeOne,
  TIMES,
  withRig,
} from './random-pipelines.ts';

function yaml(nodes: readonly Node[], order?: readonly number[]): string {
  const lines = nodes.map((node, i) => {
    const inputs =
      node.from.length > 0 ? `, inputs: { from: [${node.from.map((n) => `s${n}`)}] }` : '';
    return `  s${i}: { uses: make, with: { name: s${i}, text: ${node.text}, constant: ${node.constant} }${inputs} }`;
  });
  return `stages:\n${(order ? order.map((i) => lines[i]!) : lines).join('\n')}\n`;
}

/** Everything that a node's key depends on: its parameters and the texts of its inputs. */
function keysOf(nodes: readonly Node[]): string[] {
  const texts = expected(nodes);
  return nodes.map(({ text, constant, from }, i) =>
    canonical([`s${i}`, text, constant, from.map((n) => texts[n]! + n).sort()]),
  );
}

describe('on random pipelines', () => {
  it('a cached result is the clean result, a second run executes nothing, an edit runs what it affects', async () => {
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

  it('a plan announces what the run does: the run executes at least the certain stages and at most the possible ones', async () => {
    await fc.assert(
      fc.asyncProperty(dag, fc.nat(), async (nodes, at) => {
        await withRig(async (rig) => {
          await rig.run(yaml(nodes));
          const edited = nodes.map((node, i) =>
            i === at % nodes.length ? { ...node, text: 'new' } : node,
          );
          const { run, pending, hit } = (await rig.prepare(yaml(edited))).plan.counts;
          const { executed, cached } = (await rig.run(yaml(edited))).finished;
          expect(executed).toBeGreaterThanOrEqual(run);
          expect(executed).toBeLessThanOrEqual(run + pending);
          expect(cached).toBeGreaterThanOrEqual(hit);
        });
      }),
      { numRuns: 15 * TIMES, seed: 3 },
    );
  });

  it('whatever is edited, removed or requested, the clean result is shown; then nothing is left to do', async () => {
    const step = fc.record({
      what: fc.constantFrom('edit', 'object', 'record', 'shown', 'target', 'force', 'nothing'),
      at: fc.nat(),
      text: fc.constantFrom('p', 'q', 'r'),
    });
    let byNote = 0;
    await fc.assert(
      fc.asyncProperty(dag, fc.array(step, { minLength: 1, maxLength: 6 }), async (dag, steps) => {
        await withRig(async (rig) => {
          let nodes = dag;
          await rig.run(yaml(nodes));
          for (const { what, at, text } of steps) {
            const index = at % nodes.length;
            const forced = what === 'force' ? [`s${index}`] : [];
            if (what === 'edit')
              nodes = nodes.map((node, i) => (i === index ? { ...node, text } : node));
            if (what === 'target') await rig.run(yaml(nodes), { targets: [`s${index}`] });
            if (what === 'object') removeOne(rig.layout.objects, at);
            if (what === 'record') removeOne(rig.layout.actions, at);
            if (what === 'shown') removeOne(rig.layout.latest, at);
            const outcome = await rig.run(yaml(nodes), { forced });
            expect(outcome.finished.failed).toBe(0);
            const texts = expected(nodes);
            for (const again of [outcome, await rig.run(yaml(nodes))]) {
              if (again !== outcome) expect(again.finished.executed).toBe(0);
              if (again.idle) byNote++;
              expectTexts(rig, again, texts);
            }
          }
        });
      }),
      { numRuns: 30 * TIMES, seed: 4 },
    );
    expect(byNote).toBeGreaterThan(30 * TIMES);
  });
});
