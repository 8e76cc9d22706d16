/** How the stages of a dvc.yaml are converted. */
import { describe, expect, it } from 'vitest';
import { imported } from './imported.ts';

describe('a stage', () => {
  it('has its files, values, outputs and metrics', () => {
    const { stage, notesText } = imported(
      `stages:
  train:
    desc: Trains
    cmd: python train.py
    deps: [train.py, ./data/]
    params: [seed, train.rate, { my.json: }]
    outs: [model/]
    metrics: [{ scores.json: { cache: false } }]
`,
      {
        'train.py': '',
        'data/a': '',
        'params.yaml': 'seed: 1\ntrain: { rate: 2 }\n',
        'my.json': '{}',
      },
    );
    expect(stage.train).toEqual({
      description: 'Trains',
      run: 'python train.py',
      files: ['train.py', 'data'],
      params: { 'params.yaml': ['seed', 'train.rate'], 'my.json': null },
      outputs: ['model', 'scores.json'],
      metrics: ['scores.json'],
    });
    expect(notesText).toBe(
      '8: "cache: false" has no counterpart: here every output is kept in the store',
    );
  });

  it('has the outputs of other stages as inputs', () => {
    const { stage, notesText } = imported(
      `stages:
  data: { cmd: make, outs: [data] }
  one: { cmd: 'use data/a.csv', deps: [data/a.csv, data/b.csv], outs: [out/one] }
  two: { cmd: two, deps: [data], outs: [out/two] }
  all: { cmd: ls out, deps: [out] }
`,
      { 'out/note.txt': '', 'out/one': 'of an earlier run' },
    );
    expect(stage.one.inputs).toEqual({ data: 'data.data' });
    expect(stage.two.inputs).toEqual({ data: 'data.data' });
    expect(stage.all.inputs).toEqual({ 'out/one': 'one.out/one', 'out/two': 'two.out/two' });
    expect(stage.all.files).toEqual(['out/note.txt']);
    expect(notesText).toContain('3: "data/a.csv" is part of the output "data"');
    expect(notesText).toContain('5: other stages make parts of the folder "out"');
  });

  it('works in its wdir, with paths relative to the project', () => {
    const { stage } = imported(
      `stages:
  a: { wdir: sub, cmd: 'cat x > y # once', deps: [x, ../z], outs: [y] }
  b: { wdir: other, cmd: [one, two], outs: [../w] }
`,
      { 'sub/x': '', z: '' },
    );
    expect(stage.a.run).toBe("cd 'sub' && (\ncat x > y # once\n)\n");
    expect(stage.a).toMatchObject({ files: ['sub/x', 'z'], outputs: ['sub/y'] });
    const inside = "mkdir -p 'other' && cd 'other' && ";
    expect(stage.b.run).toEqual([`${inside}(one)`, `${inside}(two)`]);
    expect(stage.b.outputs).toEqual(['w']);
  });

  it('gets the files that its command names, and can write its files', () => {
    const { stage, notesText } = imported(
      `stages:
  a:
    cmd: python src/a.py --config=c.ini -m tool.run 2>&1 > log.txt && cat b > o
    deps: [b]
    outs: [o]
`,
      { 'src/a.py': '', 'c.ini': '', b: '', 'tool/run.py': '' },
    );
    expect(stage.a.files).toEqual(['b', 'src/a.py', 'c.ini', 'tool/run.py']);
    expect(stage.a.scratch).toEqual(['log.txt']);
    expect(notesText).toContain('3: the command uses "src/a.py", which is not declared');
    expect(notesText).toContain('3: the command writes "log.txt"');
  });

  it('gets the modules that its programs import', () => {
    const { stage, notesText } = imported(
      `stages:
  a: { cmd: python src/a.py, deps: [src/a.py], outs: [o] }
  b: { cmd: python src/c.py, deps: [src], outs: [p] }
`,
      {
        'src/a.py': 'import os, util as u\nfrom lib.io import read\n# import note\n',
        'src/util.py': 'from . import deep\n',
        'src/deep.py': 'import a, nowhere\n',
        'src/note.py': '',
        'src/c.py': 'import util\n',
        'lib/io.py': '',
      },
    );
    expect(stage.a.files).toEqual(['src/a.py', 'src/util.py', 'lib', 'src/deep.py']);
    expect(stage.b.files).toEqual(['src', 'lib']);
    expect(notesText).toContain('2: "src/util.py" imports "src/deep.py", which is not declared');
  });

  it.each([
    ['a path', 'live: logs'],
    ['a map', 'live: { logs: { summary: true, html: false, cache: false } }'],
  ])("keeps the folder of DVC 2's live: %s", (_form, live) => {
    const { stage, notesText } = imported(`stages:\n  a: { cmd: x, outs: [m], ${live} }`, {});
    expect(stage.a.outputs).toEqual(['m', 'logs']);
    expect(notesText).toContain('2: "live" has no counterpart: "logs" is an ordinary output');
  });

  it('gets a note that plots are not drawn', () => {
    const { notesText } = imported('stages:\n  a: { cmd: x, plots: [pl.csv] }', {});
    expect(notesText).toContain('2: "pl.csv" is not plotted');
  });

  it.each([
    ['[logs/metrics.json]', false],
    ['[./m.json, logs/deep/x.json]', false],
    ['[logs/m.json, other.json]', true],
    ['[logsother/m.json]', true],
  ])('gets a note only about metrics that no stage makes: %s', (metrics, isNoted) => {
    const text = `stages:\n  a: { cmd: x, outs: [logs, m.json] }\nmetrics: ${metrics}\n`;
    const { notesText } = imported(text, {});
    expect(notesText.includes('metrics that no stage makes are omitted')).toBe(isNoted);
  });

  it('gets notes on settings without a counterpart', () => {
    const { stage, notesText } = imported(
      `stages:
  a:
    cmd: '[[ -f x ]] && x'
    deps: [/etc/x, s3://b/x, ../x, missing]
    outs: [/tmp/y, { z: { persist: true, push: false, desc: text } }]
    frozen: true
    always_changed: true
    meta: { owner: me }
    plots: [{ p.csv: { x: a } }]
`,
      { 'missing.dvc': '' },
    );
    expect(stage.a).toMatchObject({ files: ['missing'], outputs: ['z', 'p.csv'] });
    for (const one of [
      '3: DVC runs commands in your login shell, and not every shell supports "[["',
      '4: the dependency "/etc/x" is absolute',
      '4: the dependency "s3://b/x" is a remote location',
      '4: the dependency "../x" is outside the project',
      '4: "missing" does not exist now: DVC tracks it (missing.dvc)',
      '5: the output "/tmp/y" is absolute',
      '5: "persist" has no counterpart',
      '5: "push" has no counterpart',
      '5: "desc" of an output: omitted',
      '6: "frozen" has no counterpart',
      '7: "always_changed" has no counterpart',
      '8: "meta" is omitted',
      '9: the plot settings "x" are omitted',
    ]) {
      expect(notesText).toContain(one);
    }
  });

  it('with an invalid name gets a new one', () => {
    const { names, notesText } = imported('stages:\n  1 a: { cmd: x, outs: [o] }\n');
    expect(names).toEqual({ '1 a': 'stage_1_a' });
    expect(notesText).toContain(
      `2: "1 a" is not a valid stage name here: the stage is called "stage_1_a"`,
    );
  });
});

describe('a foreach or matrix', () => {
  it('over single values is a matrix', () => {
    const { stage, names, text } = imported(`stages:
  make: { foreach: [red, 1.0, true], do: { cmd: 'p \${item}', outs: ['o/\${item}.txt'] } }
`);
    expect(stage.make.matrix).toEqual({ item: ['red', 1, true] });
    expect(text).toContain('item: [red, 1.0, true]');
    expect(stage.make.run).toBe('p ${matrix.item}');
    expect(stage.make.outputs).toEqual({ o_txt: 'o/${matrix.item}.txt' });
    expect(names['make@1.0']).toBe('make[item=1.0]');
  });

  it('over a map has its key and the used parts of its values', () => {
    const { stage, names } = imported(`stages:
  make: { foreach: { a: { n: 1, m: 2 }, b: { n: 3 } }, do: { cmd: 'p \${key} \${item.n}' } }
`);
    expect(stage.make.matrix).toEqual([
      { key: 'a', n: 1 },
      { key: 'b', n: 3 },
    ]);
    expect(names).toEqual({ 'make@a': 'make[key=a,n=1]', 'make@b': 'make[key=b,n=3]' });
  });

  it('over a matrix has its axes', () => {
    const { stage, names } = imported(`stages:
  build:
    matrix: { os: [win, mac], py: [3.7, 3.10] }
    cmd: b \${item.os} \${key}
`);
    expect(stage.build).toEqual({
      matrix: { os: ['win', 'mac'], py: [3.7, 3.1] },
      run: 'b ${matrix.os} ${matrix.os}-${matrix.py}',
    });
    expect(names['build@win-3.7']).toBe('build[os=win,py=3.7]');
  });

  it('over a matrix of maps has maps as values of its axes', () => {
    const { stage, names } = imported(`stages:
  fit:
    matrix: { model: [{ name: a, depth: 2 }, { name: b, depth: 3 }], seed: [0, 1] }
    cmd: fit \${item.model.depth} \${item.seed}
    outs: ['\${item.model.name}-\${item.seed}']
  best: { cmd: b, deps: [b-1] }
`);
    expect(stage.fit).toMatchObject({
      matrix: {
        model: [
          { name: 'a', depth: 2 },
          { name: 'b', depth: 3 },
        ],
        seed: [0, 1],
      },
      run: 'fit ${matrix.model.depth} ${matrix.seed}',
    });
    expect(Object.values(names)).toEqual([
      'fit[model=a,seed=0]',
      'fit[model=a,seed=1]',
      'fit[model=b,seed=0]',
      'fit[model=b,seed=1]',
      'best',
    ]);
    expect(stage.best.inputs).toEqual({ 'b-1': 'fit[model=b,seed=1].output' });
  });

  it('over a matrix of maps in a file names the variable', () => {
    const params = { 'params.yaml': 'models: [{ depth: 2 }, { depth: 1.0 }]\n' };
    const text = `stages:
  fit: { matrix: { model: '\${models}' }, cmd: 'fit \${item.model.depth}' }
`;
    const { stage, names } = imported(text, params);
    expect(stage.fit).toEqual({ matrix: { model: '${models}' }, run: 'fit ${matrix.model.depth}' });
    expect(Object.values(names)).toEqual(['fit[model=0]', 'fit[model=1]']);
  });

  it('with values that can not be axes becomes several stages', () => {
    const { stage, names, notesText } = imported(`stages:
  make: { foreach: ['a,b', c], do: { cmd: 'p \${item}', outs: ['\${item}'] } }
  use: { cmd: u, deps: ['a,b'] }
`);
    expect(names).toMatchObject({ 'make@a,b': 'make_a_b', 'make@c': 'make_c' });
    expect(stage.make_a_b).toEqual({ run: 'p a,b', outputs: ['a,b'] });
    expect(stage.use.inputs).toEqual({ 'a,b': 'make_a_b.a,b' });
    expect(notesText).toContain(`the iterations of "make" can't be axes of a matrix`);
  });

  it('is joined by its axes, also if their names differ', () => {
    const { stage } = imported(`stages:
  make: { matrix: { a: [x, y], b: [1, 2] }, cmd: m, outs: ['\${item.a}\${item.b}'] }
  same: { matrix: { a: [x, y], b: [1, 2] }, cmd: s, deps: ['\${item.a}\${item.b}'] }
  half: { matrix: { a: [x, y] }, cmd: h, deps: ['\${item.a}2'] }
  each: { foreach: [x, y], do: { cmd: e, deps: ['\${item}1'] } }
  one: { cmd: o, deps: [y2] }
`);
    expect(stage.same.inputs).toEqual({ '${matrix.a}${matrix.b}': 'make.output' });
    expect(stage.half.inputs).toEqual({ '${matrix.a}2': 'make[b=2].output' });
    expect(stage.each.inputs).toEqual({ '${matrix.item}1': 'make[a=${matrix.item},b=1].output' });
    expect(stage.one.inputs).toEqual({ y2: 'make[a=y,b=2].output' });
  });

  it('whose iterations depend on each other is not a cycle', () => {
    const { stage, problems } = imported(
      `stages:
  step: { foreach: { 1: 0, 2: 1 }, do: { cmd: s, deps: ['s\${item}'], outs: ['s\${key}'] } }
`,
      { s0: '' },
    );
    expect(problems).toEqual([]);
    expect(stage.step_2.inputs).toEqual({ s1: 'step_1.s1' });
  });
});
