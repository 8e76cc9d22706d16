/** How `${...}` is converted: variables stay variables if possible. */
import { describe, expect, it } from 'vitest';
import { imported } from './imported.ts';

const cmd = (text: string) => `stages:\n  a: { cmd: '${text}', outs: [o] }\n`;

describe('a reference', () => {
  it('to params.yaml stays one', () => {
    const { pipeline, notes } = imported(cmd('t ${train.rate} ${train[rounds]} ${list.1}'), {
      'params.yaml': 'train: { rate: 0.5, rounds: 3 }\nlist: [a, b]\n',
    });
    expect(pipeline).toEqual({
      config: 'params.yaml',
      stages: { a: { run: 't ${train.rate} ${train.rounds} ${list.1}', outputs: ['o'] } },
    });
    expect(notes).toEqual([]);
  });

  it('to a list stays one', () => {
    const text = "stages:\n  a: { foreach: '${models}', do: { cmd: 't ${item}' } }\n";
    const { stage, pipeline } = imported(text, { 'params.yaml': 'models: [x, y]\n' });
    expect(pipeline.config).toBe('params.yaml');
    expect(stage.a.matrix).toEqual({ item: '${models}' });
  });

  it('to a map of a foreach stays one, below its keys', () => {
    const text = `stages:
  a: { foreach: '\${sizes}', do: { cmd: 't \${item.n}', outs: ['\${key}'] } }
  b: { cmd: u, deps: [big] }
`;
    const { stage, notesText } = imported(text, { 'params.yaml': 'sizes: { big: { n: 5 } }\n' });
    expect(stage.a.matrix).toEqual([{ key: 'big', n: '${sizes.big.n}' }]);
    expect(stage.b.inputs).toEqual({ big: 'a[key=big,n=${sizes.big.n}].output' });
    expect(notesText).toContain('the values that "a" iterates over are copied');
  });

  it('to vars of dvc.yaml stays one if no file is used', () => {
    const { pipeline } = imported(`vars: [{ dir: data }]\n${cmd('ls ${dir}')}`);
    expect(pipeline.vars).toEqual({ dir: 'data' });
    expect(pipeline.stages.a.run).toBe('ls ${dir}');
  });

  it('to vars of dvc.yaml is copied if a file is used, whose new keys are variables too', () => {
    const { pipeline } = imported(`vars: [{ dir: data }]\n${cmd('ls ${dir} ${n}')}`, {
      'params.yaml': 'n: 1\n',
    });
    expect(pipeline.config).toBe('params.yaml');
    expect(pipeline.vars).toBeUndefined();
    expect(pipeline.stages.a.run).toBe('ls data ${n}');
  });

  it('to two files stays one, and all their keys are declared', () => {
    const { pipeline, notesText } = imported(`vars: [more.yaml]\n${cmd('ls ${m.a} ${m.b}')}`, {
      'params.yaml': 'm: { a: 1 }\n',
      'more.yaml': 'm: { b: 2 }\n',
    });
    expect(pipeline.config).toEqual(['params.yaml', 'more.yaml']);
    expect(pipeline.vars).toEqual({ m: { a: 1, b: 2 } });
    expect(notesText).toContain('the values of params.yaml and more.yaml are declared');
  });

  it('to a variable of one stage is copied, with a note if it is from a file', () => {
    const { stage, notesText } = imported(
      `stages:\n  a: { vars: ['v.yaml:t', { w: 7 }], cmd: 'x \${t.n} \${w}', outs: [o] }\n`,
      { 'v.yaml': 't: { n: 5 }\n' },
    );
    expect(stage.a.run).toBe('x 5 7');
    expect(notesText).toBe(
      '2: the value of "t.n" is copied: changes there have no effect; import again, or list it under "params"',
    );
  });

  it('is written as in Python if the text matters', () => {
    const params = { 'params.yaml': 'f: 1.0\nn:\nt: true\ne: 0.00001\ng: 1e-7\n' };
    const { stage, notesText } = imported(
      `stages:\n  a: { cmd: 'x \${f} \${n} \${t} \${e} \${g}', outs: ['o\${e}'] }\n`,
      params,
    );
    expect(stage.a.run).toBe('x ${f} None ${t} 1e-05 ${g}');
    expect(stage.a.outputs).toEqual(['o1e-05']);
    expect(notesText).not.toContain('"f"');
    expect(notesText).toContain('"g" reads 1e-7 here and 1e-07 in DVC');
    expect(notesText).toContain('the value of "n" is copied');
    expect(notesText).toContain('the value of "e" is copied');
  });

  it('is not made to unused values, which may be anything', () => {
    const { stage, faults } = imported(cmd('t ${seed}'), {
      'params.yaml': 'seed: 1\nbest: .inf\nsha: 61e9540\nworst: -.nan\n',
    });
    expect(faults).toEqual([]);
    expect(stage.a.run).toBe('t ${seed}');
  });

  it('keeps the text of each number, also in declarations', () => {
    const { text, faults } = imported(
      `vars: [more.yaml]
stages:
  a: { cmd: 't \${seed} \${lr} \${inf}', outs: [o] }
  b: { foreach: [12345678901234567891, 1.0, 0x10], do: { cmd: 'u \${item}' } }
`,
      {
        'params.yaml': 'seed: 12345678901234567891\nlr: 1.0\n',
        'more.yaml': 'inf: .inf\nflag: True\n',
      },
    );
    expect(faults).toEqual([]);
    expect(text).toContain('seed: 12345678901234567891\n');
    expect(text).toContain('lr: 1.0\n');
    expect(text).toContain('inf: .inf\n');
    expect(text).toContain('item: [12345678901234567891, 1.0, 16]');
  });

  it('is distinguished from shell variables', () => {
    const { stage } = imported(
      `stages:\n  a: { cmd: 'x \\\${HOME} $H $\${a} \${a}', outs: [o] }\n`,
      {
        'params.yaml': 'a: 1\n',
      },
    );
    expect(stage.a.run).toBe('x $${HOME} $H $1 ${a}');
  });

  it('to a map becomes options', () => {
    const { stage } = imported(cmd('x ${m}'), {
      'params.yaml': `m: { n: 1, s: a b, q: "it's", yes: true, no: false, l: [1, c], in: { k: v } }\n`,
    });
    expect(stage.a.run).toBe(
      `x --n \${m.n} --s '\${m.s}' --q 'it'"'"'s' --yes --l \${m.l.0} '\${m.l.1}' --in.k '\${m.in.k}'`,
    );
  });

  it('does not make variables of values that look like references', () => {
    const { pipeline } = imported(cmd('x ${a}'), { 'params.yaml': 'a: 1\nb: "${c}"\n' });
    expect(pipeline).toEqual({ stages: { a: { run: 'x 1', outputs: ['o'] } } });
  });
});
