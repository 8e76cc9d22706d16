/** Which instances of a stage exist, depending on values of axes and on other stages. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDocument } from '../../../src/runner/document/read-document.ts';
import { expand } from '../../../src/runner/graph/expand.ts';
import { Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

const text = (methods: string, rates = 'null'): string => `
vars: { methods: ${methods}, rates: ${rates} }
stages:
  base: { uses: make, matrix: { set: [p, q] }, with: { name: b, text: "\${matrix.set}" } }
  part:
    uses: make
    each: base
    matrix: { method: [svd, cur], rate: [1, 2] }
    with: { name: x, text: "\${matrix.method} \${matrix.rate}" }
    inputs: { one: base }
  tune:
    uses: make
    each: part
    when: { method: "\${methods}", rate: "\${rates}" }
    with: { name: t }
    inputs: { one: part }
  control: { uses: make, each: base, when: [tune], with: { name: c }, inputs: { one: base } }
  test: { uses: make, each: part, with: { name: e }, inputs: { from: [part, tune] } }
  all: { uses: make, with: { name: a }, inputs: { from: [test, control] } }
`;

async function instances(source: string): Promise<readonly string[]> {
  return (await rig.prepare(source)).plan.pipeline.stages.map(({ id }) => id);
}

async function named(source: string, name: string): Promise<readonly string[]> {
  return (await instances(source)).filter((id) => id.startsWith(name));
}

function messages(source: string): readonly string[] {
  const pipeline = { path: 'pipeline.yaml', text: source };
  const read = readDocument({
    pipeline,
    readConfig: () => undefined,
    configs: [],
    settings: [],
    environment: {},
  });
  if (!read.ok) return read.error.diagnostics.map(({ message }) => message);
  const expanded = expand(read.value, rig.types);
  return expanded.ok ? [] : expanded.error.diagnostics.map(({ message }) => message);
}

describe('when', () => {
  it('does not restrict an axis by null', async () => {
    expect(await named(text('null'), 'tune')).toHaveLength(8);
    expect(await named(text('null'), 'control')).toEqual(['control[set=p]', 'control[set=q]']);
  });

  it('leaves no instance by an empty list, and no stage that depends on them', async () => {
    const found = await instances(text('[]'));
    expect(found.filter((id) => /^(tune|control)/.test(id))).toEqual([]);
    expect(found.filter((id) => id.startsWith('test'))).toHaveLength(8);
  });

  it('keeps the listed values on every axis that it names', async () => {
    expect(await named(text('[svd]', '[2]'), 'tune')).toEqual([
      'tune[set=p,method=svd,rate=2]',
      'tune[set=q,method=svd,rate=2]',
    ]);
    expect(await named(text('cur', '1'), 'tune')).toHaveLength(2);
  });

  it('keeps instances that agree with an instance of one of the stages on shared axes', async () => {
    const found = await named(
      text('[svd]').replace('when: { method', 'when: { set: p, method'),
      'control',
    );
    expect(found).toEqual(['control[set=p]']);
  });

  it('runs only the stages that exist', async () => {
    const { executed } = await rig.run(text('[svd]', '[2]'));
    expect(executed.filter((id) => /^(tune|control)/.test(id)).sort()).toEqual([
      'control[set=p]',
      'control[set=q]',
      'tune[set=p,method=svd,rate=2]',
      'tune[set=q,method=svd,rate=2]',
    ]);
    expect((await rig.run(text('[svd]', '[2]'))).executed).toEqual([]);
    // Of the rest, only the stage that used the tuned ones runs again.
    const without = await rig.run(text('[]'));
    expect(without.executed).toHaveLength(3);
  });

  it('reports a value that no stage has, and an axis or a stage that does not exist', () => {
    expect(messages(text('[svd, cut]'))).toEqual([
      'no instance of "tune" has method=cut (did you mean "cur"?)',
    ]);
    expect(messages(text('null').replace('rate: "$', 'ratio: "$'))).toEqual([
      '"tune" has no axis "ratio" (did you mean "rate"?)',
    ]);
    expect(messages(text('null').replace('[tune]', '[tone]'))).toEqual([
      'no stage is named "tone" (did you mean "tune"?)',
    ]);
    expect(messages(text('null').replace('when: [tune]', 'when: [all]'))[0]).toMatch(
      /^these stages depend on each other/,
    );
  });

  it('shares a list between stages that have different values of it', async () => {
    const more = (methods: string): string => `${text(methods)}
  whole: { uses: make, matrix: { method: svd }, when: { method: "\${methods}" }, with: { name: w } }
  none: { uses: make, matrix: { method: [] }, when: { method: "\${methods}" }, with: { name: n } }
`;
    expect(messages(more('[cur]'))).toEqual([]);
    expect(await named(more('[cur]'), 'whole')).toEqual([]);
  });
});
