/** What a command may not declare: each error with its place. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandRig } from '../../stages/command-rig.ts';

let rig: CommandRig;
beforeEach(() => {
  rig = new CommandRig('');
  rig.write('a.csv', 'a');
  rig.write('data/b.csv', 'b');
  rig.write('p.yaml', 'lr: 1\nlist: [1, 2]\n');
});
afterEach(() => rig.remove());

const sweep = `stages:
  m: { matrix: { x: [1, 2], y: [u, v] }, run: touch o p, outputs: [o, p] }
  n: { run: touch o, outputs: [o] }
`;

describe('an error with its place:', () => {
  const a = (more: string, run = 'work') => `stages:\n  a: { run: ${run}, ${more} }\n`;

  it.each<[string, string, string]>([
    [
      'an output that is an input',
      a('files: [a.csv], outputs: [a.csv]'),
      '2:45: the output "a.csv" is also an input',
    ],
    [
      'an output that holds an input',
      a('inputs: { data/x: ./a.csv }, outputs: { o: data }'),
      '2:62: the output "data" would contain the input "data/x"',
    ],
    [
      'an output that is a file of values',
      a('params: { ./p.yaml: [lr] }, outputs: [p.yaml]'),
      '2:57: the output "p.yaml" is also an input',
    ],
    [
      'a file of values that is an input',
      a('files: [p.yaml], params: { p.yaml: [lr] }, outputs: [o]'),
      '2:46: "p.yaml" is already an input',
    ],
    [
      'an input that is a file too',
      a('files: [a.csv], inputs: { a.csv: n }, outputs: [o]').concat(
        '  n: { run: x, outputs: [o] }\n',
      ),
      '2:27: a second input has the path "a.csv"',
    ],
    [
      'a folder that is named twice',
      a('files: [./a.csv/], inputs: { a.csv/: n }, outputs: [o]').concat(
        '  n: { run: x, outputs: [o] }\n',
      ),
      '2:27: a second input has the path "a.csv"',
    ],
    [
      'two inputs whose variables have one value',
      `vars: { v: w }\n${a('inputs: { "${v}": ./a.csv, w: ./data }, outputs: [o]')}`,
      '3:46: a second input is named "w"',
    ],
    [
      'an input that gathers into another',
      `${sweep}  g: { run: x, outputs: [o], inputs: { all: "m[y=u]", all/x=1: n } }\n`,
      '4:55: a second input has the path "all/x=1"',
    ],
    [
      'two of a list at one place',
      `${sweep}  g: { run: x, outputs: [o], inputs: { all: ["m[y=u].o", "m[y=u].p"] } }\n`,
      '4:40: m[x=1,y=u].o and m[x=1,y=u].p would have the same path "all/m/x=1"',
    ],
    [
      'an output in another',
      a('outputs: [d, d-e, d/x]'),
      '2:28: "outputs": one output is inside another',
    ],
    [
      'an output whose name is in that of another',
      a('outputs: { d: x, d/y: y }'),
      '2:28: "outputs": one output is inside another',
    ],
    ['an output outside', a('outputs: [../x]'), '"../x" leads out of the folder'],
    [
      'an output by a name that leads out',
      a('outputs: { ../../x: o }'),
      'the name of an output must be a word or a path',
    ],
    ['an absolute path', a('outputs: [/tmp/x]'), '"/tmp/x" must be relative'],
    ['a Windows path', a('outputs: ["C:/x"]'), '"C:/x" must be relative'],
    ['a path with backslashes', a("outputs: ['d\\x']"), '"d\\x" must be written with "/"'],
    [
      'a file outside',
      a('files: [../a.csv], outputs: [o]'),
      '2:27: "../a.csv" leads out of the folder',
    ],
    ['a file by an absolute path', a('files: [/etc/hosts], outputs: [o]'), 'must be relative'],
    [
      'an input outside',
      a('inputs: { ../x: ./a.csv }, outputs: [o]'),
      '2:29: "../x" leads out of the folder',
    ],
    [
      'values outside',
      a('params: { ../p.yaml: [lr] }, outputs: [o]'),
      '2:29: "../p.yaml" leads out of the folder',
    ],
    [
      'values of an absolute path',
      a('params: { /p.yaml: [lr] }, outputs: [o]'),
      '2:29: "/p.yaml" must be relative',
    ],
    [
      'a missing value',
      a('params: { p.yaml: [lt] }, outputs: [o]'),
      '2:38: p.yaml has no value "lt" (did you mean "lr"?)',
    ],
    [
      'a missing file of values',
      a('params: { q.yaml: [lr] }, outputs: [o]'),
      '2:29: could not read a file at "q.yaml"',
    ],
    ['a missing file', a('files: [b.csv], outputs: [o]'), '2:27: "b.csv" does not exist'],
    [
      'an unknown filter',
      `${sweep}  g: { run: x, outputs: [o], inputs: { all: "m[z=1]" } }\n`,
      'no instance of "m[z=1]" matches g',
    ],
    [
      'a broken filter',
      `${sweep}  g: { run: x, outputs: [o], inputs: { all: "m[x" } }\n`,
      '"m[x" is not a reference to a stage',
    ],
    [
      'an exclusion of nothing',
      'stages:\n  m: { matrix: { x: [1], exclude: [{ x: 3 }] }, run: x, outputs: [o] }\n',
      '2:36: this excludes no instance',
    ],
    [
      'an exclusion that is no map',
      'stages:\n  m: { matrix: { x: [1], exclude: [3] }, run: x, outputs: [o] }\n',
      '2:36: "exclude" must be a list of maps',
    ],
    [
      'a value that no name can hold',
      'stages:\n  m: { matrix: { x: ["a,b"] }, run: x, outputs: [o] }\n',
      '2:22: "a,b" can\'t be a value of an axis',
    ],
    [
      'metrics of no output',
      a('outputs: [o.json], metrics: [p.json]'),
      '2:47: no output is named "p.json" (did you mean "o.json"?)',
    ],
    [
      'a part of several GPUs',
      a('outputs: [o], resources: { gpu: 1.5 }'),
      '2:51: "resources.gpu": more than one GPU must be a whole number',
    ],
    ['less than nothing', a('outputs: [o], resources: { cpu: -1 }'), '2:51: "resources.cpu"'],
    [
      'an unknown resource',
      a('outputs: [o], resources: { gpus: 1 }'),
      '2:46: unknown key "gpus" (did you mean "gpu"?)',
    ],
    [
      'an unknown unit',
      a('outputs: [o], resources: { memory: 4 pounds }'),
      '2:54: "resources.memory": write it like 4GB or 512MiB',
    ],
    ['a fraction of a retry', a('outputs: [o], retry: 1.5'), '2:40: "retry"'],
    ['a retry in words', a('outputs: [o], retry: twice'), '2:40: "retry"'],
    [
      'an unknown part of a retry',
      a('outputs: [o], retry: { time: 2 }'),
      '2:42: unknown key "time"',
    ],
    [
      'a wait without a unit that is one',
      a('outputs: [o], retry: { times: 1, wait: 3w }'),
      '2:58: "retry.wait": write it like',
    ],
    ['no time', a('outputs: [o], timeout: 0'), '2:42: "timeout": write it like'],
    [
      'a variable of no name',
      a('outputs: [o], env: { "A-B": 1 }'),
      'the name of a variable may contain only letters',
    ],
    [
      'nothing to run',
      'stages:\n  a: { run: " ", outputs: [o] }\n',
      '2:13: "run": there is nothing to run',
    ],
  ])('%s', async (_what, text, expected) => {
    expect((await rig.diagnostics(text)).join('\n')).toContain(expected);
  });

  it.each<[string, string]>([
    ['an output in the folder of an input', a('files: [data], outputs: [data/x]')],
    ['outputs whose names have a common prefix', a('outputs: [d, d-e, d.e, de/x]')],
    ['a file in a folder that is an input', a('files: [data, data/b.csv, ./data/], outputs: [o]')],
    [
      'no cores, parts of them, and parts of a GPU',
      a('outputs: [o], resources: { cpu: 0 }').concat(
        '  b: { run: x, outputs: [o], resources: { cpu: 0.5, gpu: 0.5, memory: 1e3 } }\n',
      ),
    ],
    [
      'a retry by a variable',
      `vars: { n: 2 }\n${a('outputs: [o], retry: "${n}", timeout: "${n}", resources: { cpu: "${n}" }')}`,
    ],
  ])('no error for %s', async (_what, text) => {
    expect(await rig.diagnostics(text)).toEqual([]);
  });
});
