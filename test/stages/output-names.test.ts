/** The names that outputs of a command may have. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommandRig, eachCommandRig } from './command-rig.ts';

let rig: CommandRig;
eachCommandRig((one) => {
  rig = one;
});

describe('names', () => {
  it.each([
    '__proto__',
    'constructor',
    'toString',
    'it\'s "two" words',
    'caf\u00e9',
    'cafe\u0301',
    '\ufffd',
    'a\nb',
    '\\x',
  ])('go from stage to stage, and from the project: %j', async (name) => {
    rig.write(`src/${name}`, 'from the project');
    rig.write('make.sh', `mkdir d; cat "src/$NAME" > "d/$NAME"`);
    rig.write('take.sh', `cat "d/$NAME" > x; ls -A d | wc -l >> x`);
    const env = `env: { NAME: ${JSON.stringify(name)} }`;
    const text = `stages:
  a: { run: sh make.sh, files: [src, make.sh], ${env}, outputs: { made: d } }
  b: { run: sh take.sh, files: [take.sh], inputs: { d: a }, ${env}, outputs: [x] }
`;
    const outcome = await rig.run(text);
    expect(outcome.failures).toEqual({});
    expect(rig.latest('b/x')).toMatch(/^from the project\s*[12]\n$/);
    expect(rig.latest(`a/${name}`)).toBe('from the project');
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 2 });
  });

  it.each(['__proto__', 'constructor', 'prototype'])(
    'that every object has are paths, but not of outputs: %s',
    async (name) => {
      const text = (outputs: string, from: string) => `stages:
  a: { run: echo x > ${name}, outputs: ${outputs} }
  b: { run: cat in > y, inputs: { in: ${from} }, outputs: [y] }
`;
      expect(await rig.diagnostics(text(`[${name}]`, 'a'))).toEqual([
        `2:${34 + name.length}: "outputs[0]": "${name}" can't be the name of an output; write it as a path: { name: ${name} }`,
      ]);
      const named = text(`{ x: ${name} }`, 'a.x');
      const outcome = await rig.run(named);
      expect(outcome.failures).toEqual({});
      expect(rig.latest('b/y')).toBe('x\n');
    },
  );

  it('that are not UTF-8 are shown with their bytes', async () => {
    const text = `stages:
  a: { run: 'mkdir d; echo x > "d/$(printf "caf\\\\351")"', outputs: [d] }
`;
    const { failures } = await rig.run(text);
    expect(failures.a).toMatch('its output "d" holds "caf\\xe9", a name that is not UTF-8\nhelp: ');
  });
});

describe("the pipeline's own files", () => {
  it.each(['artifacts/latest', 'artifacts/store/', 'artifacts/latest/a/x', './artifacts/runs'])(
    'are not files of the project: %s',
    async (path) => {
      await rig.run('stages: { a: { run: echo x > x, outputs: [x] } }');
      rig.write('artifacts/runs/x', '');
      const text = `stages:\n  b:\n    run: 'true'\n    files: [${path}]\n`;
      expect(await rig.diagnostics(text)).toEqual([
        `4:13: "${path.replace(/^\.\/|\/$/g, '')}" is written by the pipeline itself and would differ after each run; use "inputs" to take it from its stage`,
      ]);
    },
  );

  it.each([
    ['the folder that they are in', 'artifacts'],
    ['a folder with a link to it', 'data'],
    ['a folder with a link to the project', 'up'],
  ])('are left out of %s, so that it is up to date', async (_what, path) => {
    rig.write('artifacts/mine.txt', 'mine');
    rig.write('data/x', 'x');
    rig.write('pipeline.yaml', 'x');
    symlinkSync('../artifacts', join(rig.root, 'data/all'));
    mkdirSync(join(rig.root, 'up/deep'), { recursive: true });
    symlinkSync(join(rig.root, 'artifacts/latest'), join(rig.root, 'up/deep/latest'));
    writeFileSync(join(rig.root, 'up/y'), 'y');
    const text = `stages:
  a: { run: 'find ${path} | sort > list', files: [${path}], outputs: [list] }
`;
    const outcome = await rig.run(text);
    expect(outcome.failures).toEqual({});
    expect(rig.latest('a/list')).toBe(
      {
        artifacts: 'artifacts\nartifacts/mine.txt\n',
        data: 'data\ndata/all\ndata/all/mine.txt\ndata/x\n',
        up: 'up\nup/y\n',
      }[path],
    );
    for (const executed of [0, 0])
      expect((await rig.run(text)).finished).toMatchObject({ executed });
  });
});
