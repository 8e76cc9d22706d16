/** How a stage of a dvc.yaml is converted. */
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
