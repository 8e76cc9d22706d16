/** The engine can read an imported pipeline, and it has the promised stages. */
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../src/runner/document/read-document.ts';
import { expand } from '../../src/runner/graph/expand.ts';
import { command } from '../../src/stages/command.ts';
import { imported } from './imported.ts';

const files: Readonly<Record<string, string>> = {
  'params.yaml': 'models: [x, y]\nsizes: { s: { n: 1 }, l: { n: 2.0 } }\nseed: 3\n',
  raw: '',
};

const text = `stages:
  make:
    foreach: \${models}
    do: { cmd: 'm \${item} \${seed}', deps: [raw], params: [seed], outs: ['m/\${item}'] }
  size:
    foreach: \${sizes}
    do: { cmd: 's \${item.n}', deps: [m/x], outs: ['s-\${key}/'], metrics: ['\${key}.json'] }
  grid:
    matrix: { item: [x, y], size: [s, l] }
    cmd: g \${key}
    deps: ['m/\${item.item}', 's-\${item.size}/part']
    outs: ['g-\${key}']
  odd: { foreach: ['a=b', c], do: { cmd: 'o \${item}', deps: [m], outs: ['o-\${item}'] } }
  all: { wdir: sub, cmd: a, deps: [../g-x-s, ../g-y-l, ../o-a=b], outs: [a] }
`;

describe('an imported pipeline', () => {
  it('has the stages that the import names, each with its inputs', () => {
    const { text: written, names, problems } = imported(text, files);
    expect(problems).toEqual([]);
    const read = (path: string) => {
      const found = files[path];
      return found === undefined ? undefined : { path, text: found };
    };
    const document = readDocument({
      pipeline: { path: 'pipeline.yaml', text: written! },
      readConfig: read,
      configs: [],
      settings: [],
      environment: {},
    });
    if (!document.ok) throw new Error(JSON.stringify(document.error.diagnostics));
    const pipeline = expand(document.value, new Map([['command', command]]), read);
    if (!pipeline.ok) throw new Error(JSON.stringify(pipeline.error));
    const { stages, byId } = pipeline.value;
    expect(stages.map(({ id }) => id).sort()).toEqual(Object.values(names).sort());

    const inputsOf = (dvc: string) => {
      const { inputs } = byId.get(names[dvc] as never)!;
      return Object.fromEntries([...inputs].map(([path, [from]]) => [path, from!.stage]));
    };
    expect(inputsOf('grid@y-l')).toEqual({ 'm/y': names['make@y'], 's-l': names['size@l'] });
    expect(inputsOf('odd@c')).toEqual({ 'm/x': names['make@x'], 'm/y': names['make@y'] });
    expect(inputsOf('all')).toEqual({
      'g-x-s': names['grid@x-s'],
      'g-y-l': names['grid@y-l'],
      'o-a=b': names['odd@a=b'],
    });
  });
});
