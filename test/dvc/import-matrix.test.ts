/** How a foreach or matrix of a dvc.yaml is converted. */
import { describe, expect, it } from 'vitest';
import { imported } from './imported.ts';

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
