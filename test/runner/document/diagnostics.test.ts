/** The exact messages for errors in documents. */
import { describe, expect, it } from 'vitest';
import { error, formatDiagnostic } from '../../../src/runner/document/diagnostic.ts';
import type { StageType } from '../../../src/runner/graph/stage-type.ts';
import { prepare } from '../../../src/runner/index.ts';
import { command } from '../../../src/stages/command.ts';
import { Rig } from '../rig.ts';

async function reportOf(
  text: string,
  options: { configs?: Record<string, string>; settings?: string[]; types?: StageType[] } = {},
): Promise<string> {
  const rig = new Rig();
  try {
    rig.configs = options.configs ?? {};
    for (const type of options.types ?? []) rig.types.set(type.name, type);
    const prepared = await prepare(rig.project(text), {
      configs: Object.keys(rig.configs),
      settings: options.settings ?? [],
      targets: [],
      forced: [],
    });
    if (prepared.ok) throw new Error('nothing is wrong with it');
    const { diagnostics, sources } = prepared.error;
    return diagnostics.map((one) => formatDiagnostic(one, sources)).join('\n');
  } finally {
    rig.remove();
  }
}

describe('a diagnostic', () => {
  it('of a misspelt key', async () => {
    expect(await reportOf('stages:\n  a: { uses: make, wiht: { name: a } }\n')).toBe(
      `pipeline.yaml:2:20: error: unknown key "wiht" (did you mean "with"?)
 2 |   a: { uses: make, wiht: { name: a } }
   |                    ^^^^
  help: known here: uses, description, matrix, each, when, with, inputs, run, shell, files, params, outputs, metrics, env, passEnv, scratch, resources, retry, timeout`,
    );
  });

  it('of a wrong type', async () => {
    expect(await reportOf('stages:\n  a: { uses: make, with: { name: 3 } }\n')).toBe(
      `pipeline.yaml:2:34: error: "name": expected a text but found 3
 2 |   a: { uses: make, with: { name: 3 } }
   |                                  ^`,
    );
  });

  it('of a wrong name, once: errors that follow from it are not reported', async () => {
    const text = `stages:
  a: { run: date, matrix: { x: "\${none}" }, inputs: { in: other } }
`;
    expect((await reportOf(text, { types: [command] })).match(/error: .*/g)).toEqual([
      'error: no stage is named "other"',
      'error: no variable is named "none"',
    ]);
  });

  it('of a faulty parameter, once: the outputs of the type are known all the same', async () => {
    const text = `stages:
  a: { uses: make, with: { name: "\${none}" } }
  b: { run: cat in, inputs: { in: a } }
`;
    expect((await reportOf(text, { types: [command] })).match(/error: .*/g)).toEqual([
      'error: no variable is named "none"',
    ]);
  });

  it('of a pipeline that is a list', async () => {
    expect(await reportOf('- a\n')).toMatch(
      /^pipeline.yaml:1:1: error: expected a map but found a list\n/,
    );
  });

  it.each([20, 40, 60, 80])('shows the caret below its word at %d columns', (columns) => {
    const text = `${'a '.repeat(40)}here ${'b '.repeat(40)}`;
    const start = text.indexOf('here');
    const span = { file: 'a.yaml', start, end: start + 4, line: 1, column: start + 1 };
    const lines = formatDiagnostic(error('no', span), [{ path: 'a.yaml', text }], columns).split(
      '\n',
    );
    expect(lines[1]!.length).toBeLessThanOrEqual(Math.max(columns, 24));
    expect(lines[1]!.indexOf('here')).toBe(lines[2]!.indexOf('^^^^'));
  });

  it('of a missing key', async () => {
    expect(await reportOf('stages:\n  a: { with: { name: a } }\n')).toContain(
      'pipeline.yaml:2:3: error: stage "a" has neither "uses" nor "run"',
    );
  });

  it('of an unknown stage type', async () => {
    expect(await reportOf('stages:\n  a: { uses: maek, with: { name: a } }\n')).toBe(
      `pipeline.yaml:2:14: error: no stage type is named "maek" (did you mean "make"?)
 2 |   a: { uses: maek, with: { name: a } }
   |              ^^^^
  help: known: make`,
    );
  });

  it('of an unknown parameter', async () => {
    expect(await reportOf('stages:\n  a: { uses: make, with: { name: a, txet: b } }\n')).toBe(
      `pipeline.yaml:2:37: error: unknown parameter "txet" of "make" (did you mean "text"?)
 2 |   a: { uses: make, with: { name: a, txet: b } }
   |                                     ^^^^
  help: known here: name, text, constant`,
    );
  });

  it('of a cycle', async () => {
    const stage = (name: string, from: string) =>
      `  ${name}: { uses: make, with: { name: ${name} }, inputs: { from: ${from} } }\n`;
    expect(await reportOf(`stages:\n${stage('a', 'c')}${stage('b', 'a')}${stage('c', 'b')}`)).toBe(
      `pipeline.yaml:2:55: error: these stages depend on each other: a -> c -> b -> a
 2 |   a: { uses: make, with: { name: a }, inputs: { from: c } }
   |                                                       ^
  note: "c" depends on "b" (pipeline.yaml:4:55)
  note: "b" depends on "a" (pipeline.yaml:3:55)
  help: remove one of these references`,
    );
  });

  it('points into the configuration that set a wrong value, and at its use', async () => {
    const text =
      'vars: { text: ok }\nstages:\n  a: { uses: make, with: { name: a, text: "${text}" } }\n';
    expect(await reportOf(text, { configs: { 'my.yaml': 'text: [1]\n' } })).toBe(
      `my.yaml:1:7: error: "text": expected a text but found a list
 1 | text: [1]
   |       ^^^
  note: a parameter of stage "a" (pipeline.yaml:3:3)`,
    );
  });

  it('of a misspelt variable, in a configuration, a setting and a reference', async () => {
    const text = 'vars: { text: ok }\nstages:\n  a: { uses: make, with: { name: "${txt}" } }\n';
    expect(await reportOf(text, { configs: { 'my.yaml': 'tetx: b\n' } })).toContain(
      'my.yaml:1:1: error: no variable is named "tetx" (did you mean "text"?)',
    );
    expect(await reportOf(text, { settings: ['tetx=3'] })).toBe(
      `--set tetx=3: error: no variable is named "tetx" (did you mean "text"?)
 1 | tetx=3
   | ^^^^`,
    );
    expect(await reportOf(text)).toContain(
      'pipeline.yaml:3:34: error: no variable is named "txt" (did you mean "text"?)',
    );
  });

  it.each([
    ['not YAML', 'stages: [', 'pipeline.yaml:1:10: error:'],
    ['a key twice', 'stages: {}\nstages: {}\n', 'pipeline.yaml:2:1: error: duplicate key "stages"'],
    ['a missing anchor', 'stages: *no\n', 'pipeline.yaml:1:9: error:'],
    ['nothing', '', 'pipeline.yaml:1:1: error: this pipeline is empty'],
    ['a text', 'hello', 'pipeline.yaml:1:1: error:'],
    ['no stages', 'stages: {}', 'pipeline.yaml:1:9: error: this pipeline has no stages'],
    ['an unknown stage', ref('from: bb'), 'no stage is named "bb"'],
    ['no reference', ref('from: "a b"'), '"a b" is not a reference to a stage'],
    ['an unknown output', ref('from: a.oot'), '"a" has no output "oot" (did you mean "out"?)'],
    [
      'an output of another kind',
      ref('from: a.other'),
      'the input "from" takes the kind "file", not "note"',
    ],
    ['an unknown input', ref('form: a'), '"make" has no input "form" (did you mean "from"?)'],
    ['an open axis', ref('one: m'), 'takes one artifact, but 2 match, such as m[x=1] and m[x=2]'],
    [
      'two that fit',
      ref('one: ["m[x=1]", "m[x=2]"]'),
      'takes one artifact, but m[x=1] and m[x=2] match',
    ],
    [
      'none that fits',
      ref('one: ["m[x=3]", "m[x=4]"]'),
      'no instance of "m[x=3]" or "m[x=4]" matches b',
    ],
    [
      'an axis twice',
      ref('from: m').replace('b: {', 'b: { each: m, matrix: { x: [1] },'),
      '"m" already has an axis "x"',
    ],
    ['no fitting instance', ref('one: "m[x=3]"'), 'no instance of "m" matches b'],
    [
      'a list as a value of an axis',
      ref('from: m').replace('[1, 2]', '[[1]]'),
      'a value of an axis is a single value',
    ],
    [
      'signs that a value of an axis has of an instance',
      ref('from: m').replace('[1, 2]', '["f,g=h"]'),
      '"f,g=h" can\'t be a value of an axis: names such as stage[x=value] use "," and "="',
    ],
    [
      'a bracket that a value of an axis has of an instance',
      ref('from: m').replace('[1, 2]', '["e[1]"]'),
      'give the value a short name, such as { name: short, value: "e[1]" }, and read it with ${matrix.x.value}',
    ],
    [
      'a value of an axis beside maps',
      ref('from: m').replace('[1, 2]', '[{ name: a }, 2]'),
      '"2" is a single value, but other values of the axis "x" are maps',
    ],
    [
      'a variable of itself',
      `vars: { p: "\${q}", q: "\${p}" }\n${ref('from: a')}`,
      'depends on itself: p -> q -> p',
    ],
  ])('of %s', async (_what, text, expected) => {
    expect(await reportOf(text)).toContain(expected);
  });

  it('of a setting whose key has a dot, with the quotes that it is written in', async () => {
    const report = await reportOf('vars: { text: x }\nstages: {}', { settings: ['"a.b"=1'] });
    expect(report).toContain('error: no variable is named "a.b"\n');
  });

  it('fits a terminal of 80 columns', async () => {
    const long = `stages:\n  a: { uses: make, description: "${'long '.repeat(40)}", wiht: 1, with: { name: a } }\n`;
    const lines = (await reportOf(long)).split('\n');
    expect(lines[1]!.length).toBeLessThan(80);
    expect(lines[1]!.slice(lines[2]!.indexOf('^'))).toMatch(/^wiht/);
  });

  it('is reported together with all others', async () => {
    const text = 'stages:\n  a: { uses: make, wiht: 1 }\n  b: { use: make }\n  c: 3\n';
    expect((await reportOf(text)).match(/error:/g)!.length).toBeGreaterThanOrEqual(4);
  });
});

function ref(input: string): string {
  return `stages:
  a: { uses: make, with: { name: a } }
  m: { uses: make, matrix: { x: [1, 2] }, with: { name: "m \${matrix.x}" } }
  b: { uses: make, with: { name: b }, inputs: { ${input} } }
`;
}
