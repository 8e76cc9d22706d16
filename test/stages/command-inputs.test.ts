/** What a command finds in its folder. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommandRig, eachCommandRig } from './command-rig.ts';

let rig: CommandRig;
eachCommandRig((one) => {
  rig = one;
});

describe('inputs of a command', () => {
  it('are at the paths of their names: a file, a folder, files of the project, each read-only', async () => {
    rig.write('src/tool.sh', '#!/bin/sh\necho from the tool\n', 0o755);
    rig.write('src/deep/er.txt', 'deep');
    rig.write('one.txt', 'one');
    const text = `stages:
  make:
    run:
      - printf made > out.txt; mkdir tree; printf a > tree/a; printf b > tree/b; chmod +x tree/b
    outputs: [out.txt, tree]
  use:
    run: |
      find . -type f | LC_ALL=C sort > $TMPDIR/there; cat $TMPDIR/there > list.txt
      ./src/tool.sh >> list.txt
      cat given.txt >> list.txt
      stat -c '%a %n' given.txt there/a there/b src/tool.sh one.txt >> list.txt
    inputs: { given.txt: make.out.txt, there/: make.tree }
    files: [src/, ./one.txt]
    outputs: [list.txt]
`;
    const outcome = await rig.run(text);
    expect(outcome.failures).toEqual({});
    expect(rig.latest('use/list.txt')).toBe(
      `./given.txt
./one.txt
./src/deep/er.txt
./src/tool.sh
./there/a
./there/b
from the tool
made444 given.txt
444 there/a
555 there/b
555 src/tool.sh
444 one.txt
`,
    );
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 2 });
  });

  it.each([
    ['removed', () => rmSync(join(rig.root, 'one.txt'))],
    ['changed', () => rig.write('one.txt', 'other')],
  ])('that were %s after the run had read them are reported', async (_how, act) => {
    rig.write('one.txt', 'one');
    const text = `stages:
  use: { run: cp one.txt out, files: [one.txt], outputs: [out] }
`;
    const { failures } = await rig.run(text, {
      onEvent: ({ type }) => {
        if (type === 'stage-started') act();
      },
    });
    expect(failures).toEqual({
      use: '"one.txt" was changed after this run had read it\nhelp: run again',
    });
  });

  it('that are large share their bytes with the store, also with several commands at once', async () => {
    const use = (name: string) => `
  ${name}:
    run: stat -c %h big.bin > links.txt; until [ -e $PIPELINE_CHECKPOINTS/../both ]; do
      touch $PIPELINE_CHECKPOINTS/../${name}; [ -e $PIPELINE_CHECKPOINTS/../one ] &&
      [ -e $PIPELINE_CHECKPOINTS/../two ] && touch $PIPELINE_CHECKPOINTS/../both; sleep 0.01; done
    inputs: { big.bin: make }
    outputs: [links.txt]
    timeout: 10m`;
    const text = `stages:
  make: { run: head -c 5000000 /dev/zero > big.bin, outputs: [big.bin] }${use('one')}${use('two')}
`;
    const outcome = await rig.run(text);
    expect(outcome.failures).toEqual({});
    expect(Number(rig.latest('one/links.txt'))).toBeGreaterThan(1);
  });

  it('that are values contain only the chosen values, as YAML and as JSON', async () => {
    rig.write(
      'conf/p.yaml',
      'train: { lr: 1.0e-7, on: "yes", day: "2020-01-02" }\nlayers: [{ n: 1 }, { n: 2 }]\nseed: 3\n',
    );
    rig.write('q.json', '{\n\t"a": {"b": 1},\n\t"c": 2\n}\n');
    const text = `stages:
  a:
    run: cat conf/p.yaml q.json > out
    params: { ./conf/p.yaml: [train.lr, train.on, train.day, 'layers[1].n'], q.json: [a.b] }
    outputs: [out]
`;
    expect((await rig.run(text)).failures).toEqual({});
    expect(rig.latest('a/out')).toBe(`train:
  lr: 1.0e-7
  on: "yes"
  day: "2020-01-02"
layers:
  - n: 1
  - n: 2
{
  "a": {
    "b": 1
  }
}
`);
    rig.write('q.json', '{ "c": 5, "a": { "b": 1 } }');
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 1 });
    rig.write('q.json', '{ "c": 5, "a": { "b": 2 } }');
    expect((await rig.run(text)).finished).toMatchObject({ executed: 1 });
  });

  it('come with only the declared variables', async () => {
    const environment = { SECRET: 's', HANDED: 'h', LANG: 'C.UTF-8' };
    const text = `stages:
  a:
    run: env > out
    env: { OWN: 1, TMPDIR: /own/tmp }
    passEnv: [HANDED, ABSENT]
    outputs: [out]
`;
    expect((await rig.run(text, { environment })).failures).toEqual({});
    const lines = rig.latest('a/out').split('\n');
    expect(lines).toEqual(
      expect.arrayContaining(['OWN=1', 'HANDED=h', 'LANG=C.UTF-8', 'TMPDIR=/own/tmp']),
    );
    expect(lines.filter((line) => /SECRET|ABSENT|NODE_CHANNEL/.test(line))).toEqual([]);
    const again = await rig.run(text, { environment: { ...environment, HANDED: 'other' } });
    expect(again.finished).toMatchObject({ executed: 0 });
    expect((await rig.run(text.replace('OWN: 1', 'OWN: 2'))).finished.executed).toBe(1);
  });

  it('are refused if two different files have the same path; the same file twice counts once', async () => {
    rig.write('src/gen.txt', 'of the project');
    const text = `stages:
  make: { run: printf made > gen.txt, outputs: [gen.txt] }
  a:
    run: cat src/gen.txt > out
    files: [src]
    inputs: { src/gen.txt: make }
    outputs: [out]
`;
    expect((await rig.run(text)).failures.a).toBe(
      'two of its inputs have the path "src/gen.txt"\nhelp: give one of them another path',
    );
    const twice =
      'stages: { a: { run: cat src/gen.txt > o, files: [src, src/gen.txt], outputs: [o] } }';
    expect((await rig.run(twice)).failures).toEqual({});
  });
});

it('a command that writes to files shared with the store is detected, and the store is repaired', async (test) => {
  test.skip(process.getuid?.() !== 0, 'only root can write to what is read-only');
  const maker = 'stages:\n  make: { run: head -c 5000000 /dev/zero > big, outputs: [big] }\n';
  const user = (run: string) =>
    `${maker}  use: { run: ${run}, inputs: { big: make }, outputs: [o] }\n`;
  const bad = await rig.run(user('"printf x >> big; touch o"'));
  expect(bad.failures.use).toContain('it changed its input "big"');
  const good = await rig.run(user('wc -c < big > o'));
  expect(good.failures).toEqual({});
  expect(good.finished).toMatchObject({ executed: 2, failed: 0, remaining: 0 });
  expect(rig.latest('use/o').trim()).toBe('5000000');
  const reasons = good.events.flatMap((event) =>
    event.type === 'stage-started' && event.stage === 'make' ? event.reasons : [],
  );
  expect(reasons).toEqual([{ kind: 'lost' }]);
});
