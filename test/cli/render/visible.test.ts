/** No name can control the terminal, because control characters are escaped. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tableLines } from '../../../src/cli/render/table.ts';
import { cut, paint, sentenceLines, visible } from '../../../src/cli/render/text.ts';
import { ActionCache } from '../../../src/runner/store/action-cache.ts';
import { atOnce } from '../../../src/runner/store/flushes.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { makeWorkspace } from '../../../src/runner/store/workspace.ts';
import { command } from '../../../src/stages/command.ts';
import { captureArtifact } from '../../runner/rig.ts';
import { Terminal } from '../terminal.ts';

const EVIL = '\x1b]0;title\x07\x1b[2Jname\r\x9b31m\u202egpj';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.rig.types.set('command', command);
});
afterEach(() => terminal.remove());

/** Whether a text has no characters that control a terminal. */
function isPlain(text: string): boolean {
  return !/[^\P{Cc}\n\t]|[\u202a-\u202e]/u.test(text);
}

it.each([
  ['visible', visible(EVIL)],
  ['cut', cut(EVIL, 200)],
  ['paint', paint({ interactive: false }, 'red', EVIL)],
  ['sentenceLines', sentenceLines({ text: EVIL, detail: EVIL }, { columns: 20 }).join('\n')],
  ['tableLines', tableLines([{ head: EVIL }], [[EVIL]], 200).lines.join('\n')],
])('%s', (_name, text) => {
  expect(isPlain(text)).toBe(true);
  expect(text.replace(/\s+/g, '')).toContain(
    '\\x1b]0;title\\x07\\x1b[2Jname\\x0d\\x9b31m\\u202egpj',
  );
});

it('other characters, line ends and tabs are kept', () => {
  expect(visible('é 語 \u{1f600}\n\tx')).toBe('é 語 \u{1f600}\n\tx');
});

it.each([
  ['a missing file', `stages: { a: { run: "true", files: ["d/\\e[31mx"], outputs: [o] } }`],
  ['an unknown name', `stages: { a: { run: "echo \${x\\e[2J}", outputs: ["\\e[31mo"] } }`],
  ['a key', `stages: { "\\e[31ma": { run: "true", outputs: [o] } }`],
  ['an axis', `stages: { a: { matrix: { x: ["\\e[31m1", 2] }, run: "true", outputs: [o] } }`],
])('plan, run and show of %s', async (_what, text) => {
  terminal.text = text;
  for (const name of ['plan', 'show', 'explain']) {
    const { out, err } = await terminal.pipeline(name, ...(name === 'plan' ? [] : ['a']));
    expect(out + err).toMatch(/\S/);
    expect(isPlain(out + err)).toBe(true);
  }
});

it('show, of the files of an output', async () => {
  terminal.text = 'stages: { a: { uses: make, with: { name: a } } }';
  await terminal.pipeline('run');
  const { layout } = terminal.rig;
  const workspace = makeWorkspace(layout, ['out']);
  writeFileSync(join(workspace.outputs.out!, '\x1b[31mred'), 'x');
  const artifact = captureArtifact(workspace.outputs.out!, new ObjectStore(layout));
  if (!artifact.ok) throw new Error(artifact.error);
  const decision = (await terminal.rig.prepare(terminal.text)).plan.decisions.get('a' as never)!;
  if (decision.kind !== 'hit') throw new Error('it has not run');
  const outputs = { ...decision.outputs, out: artifact.value.digest };
  new ActionCache(layout).put(
    { ...new ActionCache(layout).get(decision.key)!, outputs },
    true,
    atOnce,
  );
  rmSync(layout.lastResults);
  const { out } = await terminal.pipeline('show', 'a');
  expect(out).toContain('\\x1b[31mred');
  expect(isPlain(out)).toBe(true);
});
