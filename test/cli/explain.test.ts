/** `pipeline explain`: files of inputs, and the comparison with runs and other configurations. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../src/runner/key/digest.ts';
import { jsonLines, Terminal } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = text;
});
afterEach(() => terminal.remove());

const text = `
vars: { text: plain, last: x }
stages:
  base: { uses: make, with: { name: base, text: "\${text}" } }
  next: { uses: make, with: { name: next }, inputs: { from: base } }
  end: { uses: make, with: { name: end, text: "\${last}" }, inputs: { from: next } }
`;

async function runBoth(): Promise<void> {
  await terminal.pipeline('run', '--name', 'first');
  await terminal.pipeline('run', 'base', '--set', 'text=other');
}

describe('pipeline explain of a changed input', () => {
  it('names the stage that made the input, and the changed files', async () => {
    await runBoth();
    const { out } = await terminal.pipeline('explain', 'next', '--set', 'text=other');
    expect(out).toContain(`next: will run
  - input from: other content from base
      value.txt changed
`);
    const [line] = jsonLines(
      (await terminal.pipeline('explain', 'next', '--set', 'text=other', '--json')).out,
    );
    expect(line).toMatchObject({
      reasons: ['input from: other content from base'],
      files: [{ port: 'from', gone: false, files: [{ path: 'value.txt', how: 'changed' }] }],
    });
  });

  it('says if the old files are no longer known', async () => {
    await runBoth();
    const { layout } = terminal.rig;
    const events = jsonLines((await terminal.pipeline('run', 'base', '--json')).out);
    const outputs = events.find((event) => event.type === 'stage-cached')!.outputs;
    rmSync(layout.object((outputs as { out: Digest }).out));
    const { out } = await terminal.pipeline('explain', 'next', '--set', 'text=other');
    expect(out).toContain(
      'its changed files are unknown: the old list is no longer in the store\n',
    );
  });

  it('of an up-to-date stage reads the changes from the journal of its run', async () => {
    await terminal.pipeline('run');
    await terminal.pipeline('run', '--set', 'text=other');
    const { out } = await terminal.pipeline('explain', 'next', '--set', 'text=other');
    expect(out).toContain('next: up to date\n');
    expect(out).toContain('other content from base\n      value.txt changed\n');
  });
});

describe('pipeline explain of changed code', () => {
  it('names the functions', async () => {
    const code = (whole: string, half: string) => ({
      digest: digestOf(whole + half),
      packages: {},
      files: { 'src/svd.ts': `${digestOf(whole)} thinSvd=${half} signOf=11111111` },
    });
    terminal.rig.codes = { make: code('a', '22222222') };
    await terminal.pipeline('run');
    terminal.rig.codes = { make: code('b', '33333333') };
    const { out } = await terminal.pipeline('explain', 'base');
    expect(out).toContain('  - code: src/svd.ts: thinSvd\n');
  });
});

describe('pipeline explain --against', () => {
  it('a run compares keys, whether stages were cached or not', async () => {
    await runBoth();
    const words = ['explain', 'base', 'next', 'end', '--against', 'first'];
    expect(await terminal.pipeline(...words)).toEqual({
      code: 0,
      err: '',
      out: `base: the same as in run 20231114-221320-r0
next: the same as in run 20231114-221320-r0
end: the same as in run 20231114-221320-r0
`,
    });
    const { out } = await terminal.pipeline(...words, '--set', 'text=other');
    expect(out).toBe(`base: differs from run 20231114-221320-r0 (there -> here)
  - parameter text: "plain" -> "other" (--set text=other)
next: differs from run 20231114-221320-r0 (there -> here)
  - input from: other content from base
      value.txt changed
end: can be compared only in part with run 20231114-221320-r0
  - input from: here it depends on next, which has no outputs yet
`);
    const after = await terminal.pipeline('explain', 'end', '--against', 'latest');
    expect(after.out).toBe('end: not in run 20231114-221320-r1\n');
  });

  it('another configuration plans it, and says which inputs do not exist yet', async () => {
    terminal.rig.configs['other.yaml'] = 'text: other';
    await terminal.pipeline('run');
    const words = ['explain', 'next', 'end', '--set', 'last=y', '--against-config', 'other.yaml'];
    const { code, out } = await terminal.pipeline(...words);
    expect(code).toBe(0);
    expect(out).toBe(`next: can be compared only in part with other.yaml
  - input from: there it depends on base, which has no outputs yet
end: differs from other.yaml (there -> here)
  - parameter text: "x" -> "y" (--set last=y)
  - input from: there it depends on next, which has no outputs yet
`);
    const set = await terminal.pipeline('explain', 'base', '--against-set', 'text=z', '--json');
    expect(jsonLines(set.out)).toEqual([
      {
        stage: 'base',
        against: 'text=z',
        state: 'differs',
        sentences: [{ text: 'parameter text: "z" -> "plain" (pipeline.yaml:2:15)' }],
      },
    ]);
  });

  it.each([
    ['an unknown run', ['--against', 'frist'], 'no run "frist" (did you mean "first"?)'],
    ['fewer runs', ['--against', 'latest~5'], 'there are fewer than 6 runs'],
    ['an ambiguous id', ['--against', '2023'], 'the ids of 2 runs begin with "2023"'],
    ['a wrong setting', ['--against-set', 'txet=1'], 'no variable is named "txet"'],
  ])('%s is bad input', async (_what, words, expected) => {
    await runBoth();
    const { code, out, err } = await terminal.pipeline('explain', 'base', ...words);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(expected);
  });
});

it('a plan does not list changed files, because it would have to read them', async () => {
  await runBoth();
  const { out } = await terminal.pipeline('plan', 'next', '--set', 'text=other');
  expect(out).toContain('input from: other content from base\n');
  expect(out).not.toContain('value.txt');
});
