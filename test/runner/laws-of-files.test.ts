/** Laws for every pipeline that reads files, checked with random changes of files, of the store and of what is remembered. */
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
import {
  dag,
  expected,
  expectTexts,
  type Node,
  removeOne,
  TIMES,
  withRig,
} from './random-pipelines.ts';
import type { RunOutcome } from './rig.ts';

describe('on random pipelines', () => {
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
