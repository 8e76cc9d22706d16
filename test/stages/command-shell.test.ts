import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandRig, eachCommandRig } from './command-rig.ts';

let rig: CommandRig;
eachCommandRig((one) => {
  rig = one;
});

describe('the shell', () => {
  const failing = (shell: string) =>
    `stages: { a: { ${shell}run: "sh -c 'echo begun; exit 3' | tee out", outputs: [out] } }`;

  it('bash fails if any part of a pipe fails; sh only if the last part fails', async () => {
    const bash = await rig.run(failing('shell: bash, '));
    expect(bash.failures.a).toMatch(/ended with exit code 3/);
    expect((await rig.run(failing(''))).failures).toEqual({});
  });

  it('bash accepts its own syntax, and stops at an unset variable', async () => {
    const text = `stages:
  a: { shell: bash, run: 'x=(1 2); [[ a == a* ]] && echo $\${x[1]} > out', outputs: [out] }
  b: { shell: bash, run: 'echo $UNSET > out', outputs: [out] }`;
    const { failures } = await rig.run(text, { keepGoing: true });
    expect(Object.keys(failures)).toEqual(['b']);
    expect(failures.b).toContain('UNSET');
    expect(rig.latest('a/out')).toBe('2\n');
  });

  it('is reported if it is not installed', async () => {
    const text = `stages: { a: { shell: bash, env: { PATH: /none }, run: 'echo > out', outputs: [out] } }`;
    const { failures } = await rig.run(text);
    expect(failures.a).toContain('"shell: bash": no program "bash" is on PATH');
    expect(failures.a).toContain('install Bash, or remove "shell" to run the command with "sh"');
  });

  it('is in the key only if it is named', async () => {
    const parameters = async (shell: string) => {
      const rest = `stages: { a: { ${shell}run: 'true', outputs: [o] } }`;
      return (await rig.prepared(rest)).plan.pipeline.stages[0]!.parameters;
    };
    expect(await parameters('')).toEqual({
      run: ['true'],
      with: {},
      params: {},
      env: {},
      outputs: { o: 'o' },
    });
    expect((await parameters('shell: bash, ')).shell).toBe('bash');
    expect(await rig.diagnostics(`stages: { a: { shell: zsh, run: 'true' } }`)).toEqual([
      '1:23: "stages.a.shell": expected "sh" or "bash" but found "zsh" (did you mean "sh"?)',
    ]);
  });
});

describe('a quoted value', () => {
  it('is one word of the shell, for any content', async () => {
    const values = [
      "it's",
      '$(touch hacked); `touch hacked`',
      'a  b\n c',
      '"; rm -rf / #',
      '',
      '-n',
      '\\',
      ...fc.sample(fc.string({ unit: 'grapheme' }), { numRuns: 20, seed: 1 }),
    ].map((value) => value.replaceAll('\0', '').replaceAll('${', ''));
    const entries = values.map((value, i) => `  v${i}: ${JSON.stringify(value)}`);
    const lines = values.map((_, i) => `      printf '%s' $\{v${i}|quote} > out/${i}`);
    const text = `vars:\n${entries.join('\n')}
stages:
  a:
    run: |
      mkdir out
${lines.join('\n')}
    outputs: [out]`;
    expect((await rig.run(text)).failures).toEqual({});
    expect(values.map((_, i) => rig.latest(`a/${i}`))).toEqual(values);
  });

  it('that is a plain word is unchanged, and so is the key', async () => {
    const text = (reference: string) =>
      `vars: { path: data/a-1.csv, n: 3 }\nstages: { a: { run: "cat ${reference}", outputs: [o] } }`;
    const run = async (reference: string) =>
      (await rig.prepared(text(reference))).plan.pipeline.stages[0]!.parameters.run;
    expect(await run('${path|quote} ${ n | quote }')).toEqual(await run('${path} ${n}'));
  });
});
