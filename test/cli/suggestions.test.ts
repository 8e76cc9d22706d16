/** A name that is not known leads to the one that was probably meant. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = `
vars: { svd: { rates: [1, 2] }, word: x }
stages:
  part:
    uses: make
    matrix: { rate: "\${svd.rates}" }
    with: { name: "\${word} \${matrix.rate}" }
`;
  const configs = join(terminal.rig.root, 'configs');
  mkdirSync(configs);
  for (const name of ['quick.yaml', 'full.yaml']) writeFileSync(join(configs, name), 'word: y');
});
afterEach(() => terminal.remove());

const said = async (...words: string[]): Promise<string> => {
  const { code, out, err } = await terminal.pipeline(...words);
  expect([code, out]).toEqual([2, '']);
  return err.replaceAll(/\s+/g, ' ');
};

it('of a configuration, among the files of its folder', async () => {
  expect(await said('plan', '-c', 'configs/quik.yaml')).toContain(
    'no configuration at "configs/quik.yaml" (did you mean "configs/quick.yaml"?)',
  );
  expect(await said('plan', '-c', 'configs/other.yaml')).not.toContain('did you mean');
  for (const path of ['nowhere/quick.yaml', 'configs/quick.yaml/x', '']) {
    expect(await said('plan', '-c', path)).not.toContain('did you mean');
  }
});

it('of a variable, with its whole path', async () => {
  expect(await said('plan', '--set', 'svd.rate=3')).toContain('(did you mean "svd.rates"?)');
  expect(await said('plan', '--set', 'wrod=3')).toContain('(did you mean "word"?)');
  terminal.rig.configs['small.yaml'] = 'svd: { rate: 3 }';
  expect(await said('plan', '-c', 'small.yaml')).toContain('(did you mean "svd.rates"?)');
  terminal.text = terminal.text.replace('{svd.rates}', '{svd.rats}');
  expect(await said('plan')).toContain('(did you mean "svd.rates"?)');
});

it('of a stage with a log', async () => {
  expect(await said('log', 'prat')).not.toContain('did you mean');
  await terminal.pipeline('run');
  expect(await said('log', 'prat[rate=1]')).toContain(
    'no run executed a stage "prat[rate=1]" (did you mean "part"?)',
  );
  expect(await said('log', 'other')).not.toContain('did you mean');
});
