/**
 * Documents that are very large, or short but expand to very much: they are read, or refused with a
 * place.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandRig } from '../../stages/command-rig.ts';

let rig: CommandRig;
beforeEach(() => {
  rig = new CommandRig('');
});
afterEach(() => rig.remove());

const stages = 'stages:\n  a: { run: x, outputs: [o], with: { v: "${i}" } }\n';
const levels = (first: string, next: (name: string) => string): string => {
  const names = [...'abcdefghi'];
  const lines = names.map((name, i) => `  ${name}: ${i === 0 ? first : next(names[i - 1]!)}`);
  return `vars:\n${lines.join('\n')}\n${stages}`;
};

describe('variables that grow tenfold at each level', () => {
  it('as lists are refused', async () => {
    const text = levels('[1, 2]', (name) => `[${Array(10).fill(`"\${${name}}"`).join(', ')}]`);
    expect(await rig.diagnostics(text)).toEqual([
      expect.stringMatching(/^\d+:\d+: this has too many values after its variables are replaced$/),
    ]);
  });

  it('as texts are refused', async () => {
    const text = levels('text', (name) => `"${`\${${name}}`.repeat(10)}"`);
    expect(await rig.diagnostics(text)).toEqual([expect.stringContaining('has too many values')]);
  });

  it('as aliases are refused', async () => {
    const text = levels('&a [1, 2]', (name) => {
      const next = String.fromCharCode(name.charCodeAt(0) + 1);
      return `&${next} [${Array(10).fill(`*${name}`).join(', ')}]`;
    });
    expect((await rig.diagnostics(text))[0]).toContain('expands to too many values');
  });
});

/** From about this length on, spreading a list into one call overflows the stack. */
describe('a document of 130,000', () => {
  const count = 130_000;

  it('instances is read', async () => {
    const axis = Array.from({ length: 360 }, (_, i) => i).join(', ');
    const text = `stages:\n  a: { matrix: { x: [${axis}], y: [${axis}] }, run: x, outputs: [o] }\n`;
    expect(await rig.diagnostics(text)).toEqual([]);
  });

  it('errors reports them all', async () => {
    const text = `stages:\n  a: { matrix: { x: [${'~, '.repeat(count)}] }, run: x, outputs: [o] }\n`;
    expect((await rig.diagnostics(text)).length).toBe(count);
  });

  it('included and excluded instances is read', async () => {
    const maps = Array.from({ length: count }, (_, i) => `{ x: ${i} }`).join(', ');
    const text = `stages:\n  a: { matrix: { include: [${maps}], exclude: [{ x: 0 }] }, run: x, outputs: [o] }\n`;
    expect(await rig.diagnostics(text)).toEqual([]);
  });
});

it.each(['[', '{ a: ', '- '])('nesting of "%s" without end is refused', async (step) => {
  const text = `vars:\n  deep: ${step === '- ' ? '\n    ' : ''}${step.repeat(20_000)}\nstages: {}\n`;
  expect((await rig.diagnostics(text))[0]).toMatch(/^[23]:\d+: .*nested more than 500 levels deep/);
});
