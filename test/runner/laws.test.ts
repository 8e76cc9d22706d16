/** Laws for every pipeline, checked on random DAGs with random edits. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/runner/key/canonical.ts';
import { madeText, Rig, type RunOutcome } from './rig.ts';

interface Node {
  readonly text: string;
  readonly constant: boolean;
  readonly from: readonly number[];
}

/** Each node has inputs from some of the nodes before it. */
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

/** The texts of a clean run, by direct evaluation. */
function expected(nodes: readonly Node[], files: readonly (string | undefined)[] = []): string[] {
  const texts: string[] = [];
  for (const [i, { text, constant, from }] of nodes.entries()) {
    const own = files[i] === undefined ? [] : [files[i]];
    texts.push(madeText({ text, constant }, [...from.map((n) => texts[n]!), ...own]));
  }
  return texts;
}

/** Everything that a node's key depends on: its parameters and the texts of its inputs. */
function keysOf(nodes: readonly Node[]): string[] {
  const texts = expected(nodes);
  return nodes.map(({ text, constant, from }, i) =>
    canonical([`s${i}`, text, constant, from.map((n) => texts[n]! + n).sort()]),
  );
}

/** Deletes a file in the folder, except for notes, which users do not read. */
function removeOne(folder: string, at: number): void {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.outputs'))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
  const path = paths[at % paths.length];
  if (path) rmSync(path);
}

async function withRig(test: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = new Rig();
  try {
    await test(rig);
  } finally {
    rig.remove();
  }
}

/** The outputs of the stages, and the files shown for them. */
function expectTexts(rig: Rig, outcome: RunOutcome, texts: readonly string[]): void {
  texts.forEach((value, i) => {
    expect(rig.outputText(outcome, `s${i}`)).toBe(value);
    const shown = join(rig.layout.latest, `s${i}`, 'out', 'value.txt');
    expect(readFileSync(shown, 'utf8')).toBe(value);
  });
}

/** `npm run test:laws` asks for many more. */
const TIMES = Number(process.env.LAWS_TIMES ?? 1);

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

  it('a changed file affects only what depends on it, and the outcome is the same as without a stored plan', async () => {
    const sparse = fc.array(
      fc.record({
        text: fc.constantFrom('p', 'q'),
        constant: fc.constantFrom(false, false, true),
        from: fc.array(fc.nat(), { maxLength: 1 }),
      }),
      { minLength: 4, maxLength: 12 },
    );
    const kinds = ['file', 'file', 'file', 'object', 'shown', 'force', 'other', 'nothing'];
    const step = fc.record({
      what: fc.constantFrom(...kinds),
      at: fc.nat(),
      text: fc.constantFrom('one', 'two', 'three'),
    });
    let narrow = 0;
    const steps = fc.array(step, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sparse, steps, async (drawn, steps) => {
        await withRig(async (rig) => {
          const nodes = drawn.map((node, i) => ({
            ...node,
            from: i % 3 === 0 ? [] : node.from.map((n) => n % i),
          }));
          const files: (string | undefined)[] = nodes.map((_, i) =>
            i % 2 === 0 ? 'one' : undefined,
          );
          const write = (i: number, text: string): void => {
            files[i] = text;
            mkdirSync(join(rig.root, `f${i}`), { recursive: true });
            writeFileSync(join(rig.root, `f${i}`, 'value.txt'), text);
          };
          for (const [i, text] of files.entries()) if (text) write(i, text);
          const pipeline = yamlWithFiles(nodes, files);
          await rig.run(pipeline);
          for (const { what, at, text } of steps) {
            const index = at % nodes.length;
            const forced = what === 'force' ? [`s${index}`] : [];
            if (what === 'file') write(index - (index % 2), text);
            if (what === 'object') removeOne(rig.layout.objects, at);
            if (what === 'shown') removeOne(rig.layout.latest, at);
            if (what === 'other') {
              const others = nodes.map((node, i) => (i === index ? { ...node, text: 'r' } : node));
              await rig.run(yamlWithFiles(others, files), { targets: [`s${index}`] });
            }
            const outcome = await rig.run(pipeline, { forced });
            expect(outcome.finished).toMatchObject({ failed: 0, remaining: 0 });
            if (outcome.open) narrow++;
            const texts = expected(nodes, files);
            for (const again of [outcome, await rig.run(pipeline)]) {
              if (again !== outcome) expect(again.finished.executed).toBe(0);
              expect(again.finished.cached + again.finished.executed).toBe(nodes.length);
              expectTexts(rig, again, texts);
            }
          }
        });
      }),
      { numRuns: 40 * TIMES, seed: 5 },
    );
    expect(narrow).toBeGreaterThan(20 * TIMES);
  });

  it('everything that is remembered between runs can be deleted or damaged at any time, which costs only time', async () => {
    const harm = fc.record({
      what: fc.constantFrom('delete all', 'delete', 'cut', 'flip', 'folder', 'fifo', 'nothing'),
      file: fc.nat(),
      at: fc.nat(),
    });
    const edit = fc.record({
      what: fc.constantFrom('edit', 'file', 'file', 'target', 'object', 'shown', 'nothing'),
      at: fc.nat(),
      text: fc.constantFrom('p', 'q', 'r'),
    });
    const steps = fc.array(fc.tuple(edit, harm), { minLength: 1, maxLength: 5 });
    let fromRows = 0;
    await fc.assert(
      fc.asyncProperty(dag, steps, async (dag, steps) => {
        await withRig(async (kept) => {
          await withRig(async (harmed) => {
            const rigs = [kept, harmed];
            let nodes = dag;
            const files: (string | undefined)[] = dag.map((_, i) =>
              i % 2 === 0 ? 'p' : undefined,
            );
            const write = (i: number, text: string): void => {
              files[i] = text;
              for (const { root } of rigs) {
                mkdirSync(join(root, `f${i}`), { recursive: true });
                writeFileSync(join(root, `f${i}`, 'value.txt'), text);
              }
            };
            for (const [i, text] of files.entries()) if (text) write(i, text);
            const both = async (targets: readonly string[] = []): Promise<void> => {
              const pipeline = yamlWithFiles(nodes, files);
              const one = await kept.run(pipeline, { targets });
              const other = await harmed.run(pipeline, { targets });
              if (other.open !== undefined) fromRows++;
              expect(other.finished).toEqual({ ...one.finished, run: other.finished.run });
              expect([...other.executed].sort()).toEqual([...one.executed].sort());
              expect(storyOf(other)).toEqual(storyOf(one));
              if (targets.length === 0) expectTexts(harmed, other, expected(nodes, files));
            };
            await both();
            for (const [{ what, at, text }, { what: harm, file, at: byte }] of steps) {
              const index = at % nodes.length;
              if (what === 'edit')
                nodes = nodes.map((node, i) => (i === index ? { ...node, text } : node));
              if (what === 'file') write(index - (index % 2), text);
              if (what === 'object') for (const { layout } of rigs) removeOne(layout.objects, at);
              if (what === 'shown') for (const { layout } of rigs) removeOne(layout.latest, at);
              harmState(harmed.layout.state, harm, file, byte);
              await both(what === 'target' ? [`s${index}`] : []);
            }
          });
        });
      }),
      { numRuns: 30 * TIMES, seed: 6 },
    );
    expect(fromRows).toBeGreaterThan(10 * TIMES);
  });
});

/**
 * The events of each stage, without times. Stages that are built again may do so in any order.
 * Without the newest results, a reason has nothing to compare with.
 */
function storyOf({ events }: RunOutcome): readonly string[] {
  const story = events.flatMap((event) => {
    if (!('stage' in event)) return [];
    switch (event.type) {
      case 'stage-cached':
      case 'stage-finished':
        return [JSON.stringify([event.type, event.stage, event.key, event.outputs])];
      default:
        return [JSON.stringify([event.type, event.stage])];
    }
  });
  return story.sort();
}

function harmState(folder: string, what: string, file: number, at: number): void {
  if (what === 'delete all') rmSync(folder, { recursive: true, force: true });
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  if (what === 'nothing' || names.length === 0) return;
  const path = join(folder, names[file % names.length]!);
  if (what === 'delete' || what === 'folder' || what === 'fifo') {
    rmSync(path, { recursive: true });
    if (what === 'folder') mkdirSync(path);
    if (what === 'fifo') execFileSync('mkfifo', [path]);
    return;
  }
  // Another harm may have left a folder or a FIFO, and no run has replaced it yet.
  if (!statSync(path).isFile()) return;
  const bytes = readFileSync(path);
  if (what === 'cut') writeFileSync(path, bytes.subarray(0, at % (bytes.length + 1)));
  if (what === 'flip' && bytes.length > 0) {
    bytes[at % bytes.length]! ^= 1 << (at % 8);
    writeFileSync(path, bytes);
  }
}

/** Like `yaml`, but nodes that have a file also read it. */
function yamlWithFiles(nodes: readonly Node[], files: readonly (string | undefined)[]): string {
  const lines = nodes.map(({ text, constant, from }, i) => {
    const taken = from.length > 0 ? [`from: [${from.map((n) => `s${n}`)}]`] : [];
    const read = files[i] === undefined ? [] : [`one: ./f${i}/value.txt`];
    const inputs = `inputs: { ${[...taken, ...read].join(', ')} }`;
    return `  s${i}: { uses: make, with: { name: s${i}, text: ${text}, constant: ${constant} }, ${inputs} }`;
  });
  return `stages:\n${lines.join('\n')}\n`;
}
