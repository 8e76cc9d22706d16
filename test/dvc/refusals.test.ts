/** Errors of an import, with their places. */
import { describe, expect, it } from 'vitest';
import { imported } from './imported.ts';

const stages = (text: string) => `stages:\n  a: ${text}\n`;

describe('an import refuses', () => {
  it.each([
    ['text that is not YAML', 'stages:\n  a\n    cmd: x\n', '2:3 '],
    ['a key twice', 'stages:\n  a:\n    cmd: x\n    cmd: y\n', '4:5 '],
    [
      'a merge in the middle',
      'stages:\n<<<<<<< HEAD\n=======\n>>>>>>> b\n',
      '2:1 this file has an unresolved merge conflict',
    ],
    ['an empty file', '', '1:1 this file is empty'],
    ['a list', '- a\n', '1:1 a dvc.yaml is a map of sections, not a list'],
    ['an unknown section', 'stage: {}\n', '1:1 unknown key "stage" (did you mean "stages"?)'],
    ['an empty stage', 'stages:\n  a:\n', '2:3 the stage "a" is not a map'],
    ['no cmd', stages('{ deps: [b] }'), '2:3 "cmd" is missing'],
    [
      'an unknown key',
      stages('{ cmd: x, dep: [b] }'),
      '2:16 unknown key "dep" (did you mean "deps"?)',
    ],
    [
      'an unknown flag',
      stages('{ cmd: x, outs: [{ o: { cash: no } }] }'),
      '2:30 unknown key "cash"',
    ],
    [
      'foreach and matrix',
      stages('{ foreach: [1], do: { cmd: x }, matrix: {} }'),
      '2:38 a stage can have',
    ],
    ['foreach without do', stages('{ foreach: [1] }'), '2:3 "do" is missing'],
    ['a foreach of a number', stages('{ foreach: 3, do: { cmd: x } }'), '2:17 "foreach"'],
    ['an invalid name', stages("{ cmd: '${b.}' }"), '2:13 "${b.}" is not a valid name of a value'],
    ['an unknown value', stages("{ cmd: '${b}' }"), '2:13 there is no value "b"'],
    [
      'a list in a text',
      `vars: [{ l: [1] }]\n${stages("{ cmd: '${l}' }")}`,
      '3:13 "${l}" is a list',
    ],
    [
      'two variables with one name',
      `vars: [{ l: 1 }, { l: 2 }]\n${stages('{ cmd: x }')}`,
      '1:20 "l" is set twice',
    ],
    ['vars of vars', `vars: [{ l: '\${m}' }]\n${stages('{ cmd: x }')}`, '1:13 "vars" can\'t refer'],
    [
      'a missing file of vars',
      `vars: [v.yaml]\n${stages('{ cmd: x }')}`,
      '1:8 "v.yaml" does not exist',
    ],
    [
      'a stage that depends on its own output',
      stages('{ cmd: x, deps: [o], outs: [o] }'),
      '2:23 "a" depends on its own output "o"',
    ],
    [
      'an output twice',
      `${stages('{ cmd: x, outs: [o] }')}  b: { cmd: y, outs: [./o] }\n`,
      '3:23 "a" and "b" both make "o"',
    ],
    [
      'an output in another',
      `${stages('{ cmd: x, outs: [o] }')}  b: { cmd: y, outs: [o/p] }\n`,
      '3:23 the output "o/p" of "b" is inside',
    ],
    [
      'a cycle',
      `${stages('{ cmd: x, deps: [p], outs: [o] }')}  b: { cmd: y, deps: [o], outs: [p] }\n`,
      '3:23 these stages depend on each other: a -> b -> a',
    ],
  ])('%s', (_, text, expected) => {
    const { faults, text: written } = imported(text);
    expect(faults[0]).toContain(expected);
    expect(written).toBeUndefined();
  });

  it('a file of vars that is loaded in part and completely', () => {
    const text = `vars: [v.yaml, 'v.yaml:a']\n${stages('{ cmd: x }')}`;
    expect(imported(text, { 'v.yaml': 'a: 1\n' }).faults).toEqual([
      '1:16 v.yaml is already loaded, in whole or in part',
    ]);
  });

  it('values that are neither YAML nor JSON', () => {
    const text = `vars: [v.toml]\n${stages('{ cmd: x }')}`;
    expect(imported(text, { 'v.toml': 'a = 1\n' }).faults[0]).toContain('only YAML and JSON');
  });
});

describe('a partial import', () => {
  it('omits the parts that DVC would not run', () => {
    const text = `stages:
  a: { cmd: 'x \${nowhere}', outs: [o] }
  b: { cmd: y, deps: [p], outs: [p] }
`;
    const { stage, notesText, faults } = imported(text, {}, true);
    expect(faults).toEqual([]);
    expect(stage).toEqual({ b: { run: 'y', files: ['p'], outputs: ['p'] } });
    expect(notesText).toContain('2: there is no value "nowhere": this stage is omitted');
    expect(notesText).toContain('this dependency is treated as a file of the project');
  });

  it('still refuses an invalid dvc.yaml', () => {
    expect(imported('stages: 3\n', {}, true).text).toBeUndefined();
  });
});
