/** The commands that only read: plan, explain, graph. */
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonLines, Terminal, widest } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = text();
});
afterEach(() => terminal.remove());

function text(axis = 'rate'): string {
  return `
vars: { rates: [1, 2], text: plain }
stages:
  base: { uses: make, with: { name: base } }
  part:
    uses: make
    matrix: { ${axis}: "\${rates}" }
    with: { name: "part \${matrix.${axis}}", text: "\${text}" }
    inputs: { from: base }
  end: { uses: make, with: { name: end }, inputs: { from: part } }
`;
}

describe('pipeline plan', () => {
  it('shows which stages will run, may run and are cached, and why', async () => {
    const before = await terminal.pipeline('plan');
    expect(before).toEqual({
      code: 0,
      err: '',
      out: `backend test 1
will run    base
            first run
may run     part[rate=1]
            depends on base
may run     part[rate=2]
            depends on base
may run     end
            depends on part[rate=1] and 1 more
1 will run, 3 may run, 0 up to date
`,
    });
    await terminal.pipeline('run');
    const { out } = await terminal.pipeline('plan', '--set', 'text=other');
    expect(out).toContain(`will run    part[rate=1]
            parameter text: "plain" -> "other" (--set text=other)
`);
    expect(out).toContain('up to date  base\n');
    expect((await terminal.pipeline('status')).out).toContain('up to date  part (2)\n');
  });

  it('writes nothing', async () => {
    await terminal.pipeline('plan');
    await terminal.pipeline('explain', 'end');
    await terminal.pipeline('graph');
    expect(readdirSync(terminal.rig.root)).toEqual([]);
  });

  it('plans only the targets', async () => {
    expect((await terminal.pipeline('plan', 'base')).out).toMatch(/1 will run, 0 up to date\n$/);
    expect(await terminal.pipeline('plan', 'bsae')).toMatchObject({ code: 2, out: '' });
  });

  it('says that there is nothing to run', async () => {
    await terminal.pipeline('run');
    expect((await terminal.pipeline('plan')).out).toMatch(/\nnothing to run, 4 up to date\n$/);
  });

  it('with --json prints JSON, the counts last', async () => {
    const { code, out } = await terminal.pipeline('plan', '--json');
    expect(code).toBe(0);
    const lines = jsonLines(out);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatchObject({
      type: 'stage-planned',
      stage: 'base',
      decision: 'run',
      reasons: ['first run'],
    });
    expect(lines[1]).toEqual({
      type: 'stage-planned',
      stage: 'part[rate=1]',
      decision: 'pending',
      on: ['base'],
    });
    expect(lines[4]).toEqual({ type: 'plan-finished', run: 1, pending: 3, hit: 0 });
    await terminal.pipeline('run');
    const [first] = jsonLines((await terminal.pipeline('plan', '--json')).out);
    expect(first).toMatchObject({ decision: 'hit', key: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it.each([80, 60])('fits %d columns with any names', async (columns) => {
    terminal.columns = columns;
    terminal.rig.notes = [`backend test 1 (${'a reason that is too long '.repeat(6)})`];
    terminal.text = text(`an_axis_with_${'a_very_long_name_'.repeat(4)}`);
    const before = await terminal.pipeline('plan');
    expect(widest(before.out)).toBeLessThanOrEqual(columns);
    await terminal.pipeline('run');
    const after = await terminal.pipeline('plan', '--set', `text=${'long '.repeat(30)}`);
    expect(after.out).toContain('parameter text: "plain" -> ');
    expect(widest(after.out)).toBeLessThanOrEqual(columns);
    const json = await terminal.pipeline('plan', '--json');
    expect(jsonLines(json.out)[1]!.stage).toContain('a_very_long_name_'.repeat(4));
  });
});

describe('diagnostics', () => {
  it('fit the terminal, and no word is lost', async () => {
    terminal.text = terminal.text.replace('with: { name: base }', 'wiht: { name: base }');
    terminal.columns = 1000;
    const whole = (await terminal.pipeline('plan')).err;
    expect(widest(whole)).toBeGreaterThan(60);
    terminal.columns = 60;
    const narrow = (await terminal.pipeline('plan')).err;
    expect(widest(narrow)).toBeLessThanOrEqual(60);
    expect(narrow.split(/\s+/)).toEqual(whole.split(/\s+/));
    expect(narrow).toContain('\n   |                       ^^^^\n');
    expect(narrow).toContain('(did you mean "with"?)');
  });

  it.each([
    ['many names', ['run', 'nothing']],
    ['a wrong setting', ['run', '--set', `${'x'.repeat(50)} ${'y '.repeat(50)}=1`]],
    ['a long instance', ['run', `part[rate=${'1'.repeat(60)}]`]],
  ])('with %s fit 80 columns', async (_what, words) => {
    const stages = Array.from(
      { length: 20 },
      (_, i) => `  stage-number-${i}: { uses: make, with: { name: s${i} } }\n`,
    );
    terminal.text = `${text()}${stages.join('')}`;
    const { code, err } = await terminal.pipeline(...words);
    expect(code).toBe(2);
    expect(widest(err)).toBeLessThanOrEqual(80);
  });

  it('do not split a word that is longer than a line', async () => {
    const long = 'x'.repeat(100);
    const { err } = await terminal.pipeline('run', long);
    expect(err).toContain(`"${long}"`);
  });

  it('and help fit 80 columns', async () => {
    const commands = ['run', 'plan', 'explain', 'graph', 'runs', 'log', 'show', 'metrics', 'diff'];
    const own = [...commands, 'lock', 'accept'].map((command) => [command, '--help']);
    for (const words of [['--help'], ...own]) {
      expect(widest((await terminal.pipeline(...words)).out)).toBeLessThanOrEqual(80);
    }
  });
});

describe('pipeline explain', () => {
  it('before a run shows the missing inputs, and the known parts of the key', async () => {
    const base = await terminal.pipeline('explain', 'base');
    expect(base.code).toBe(0);
    expect(base.out).toMatch(
      /^base: will run\n {2}- first run\n {2}key [0-9a-f]{16}, computed from\n/,
    );
    expect(base.out).toContain(
      '    parameters\n      name: base\n      text: ""\n      constant: false\n    environment',
    );
    expect(base.out).toContain('environment  backend: test 1');
    expect(base.out).toContain('(0 files, 1 packages)');
    expect((await terminal.pipeline('explain', 'end')).out).toBe(
      `end: may run
  - it depends on part[rate=1], which has no outputs yet
  - it depends on part[rate=2], which has no outputs yet
`,
    );
  });

  it('after a run names the run that made it, and why', async () => {
    await terminal.pipeline('run');
    const { out } = await terminal.pipeline('explain', 'end');
    expect(out).toMatch(/^end: up to date\n {2}made by run \S+-r0 at \S+Z in \S+ s, because\n/);
    expect(out).toContain('  - first run\n');
    expect(out).toMatch(/input {8}from: [0-9a-f]{12}, [0-9a-f]{12}\n/);
  });

  it('names the changed parameter and its place', async () => {
    await terminal.pipeline('run');
    const { out } = await terminal.pipeline('explain', 'part', '--set', 'text=other');
    expect(out.match(/^part\[rate=\d\]: will run$/gm)).toHaveLength(2);
    expect(out).toContain('parameter text: "plain" -> "other" (--set text=other)');
  });

  it('with --json prints one object per line', async () => {
    await terminal.pipeline('run');
    const lines = jsonLines((await terminal.pipeline('explain', 'part', 'end', '--json')).out);
    expect(lines.map((line) => line.stage)).toEqual(['part[rate=1]', 'part[rate=2]', 'end']);
    expect(lines[0]).toMatchObject({ state: 'up to date', made: { seconds: 0 } });
  });
});

describe('pipeline graph', () => {
  it('is text: one stage per line, with its state and inputs', async () => {
    expect((await terminal.pipeline('graph')).out).toBe(
      `base  1 will run
part  2 may run
    <- base
end   1 may run
    <- part
`,
    );
    await terminal.pipeline('run', 'part[rate=1]');
    const { out } = await terminal.pipeline('graph', '--instances');
    expect(out).toContain('part[rate=1]  1 up to date\n    <- base\n');
    expect(out).toContain('part[rate=2]  1 will run\n');
    expect(out).toContain('    <- part[rate=1], part[rate=2]\n');
    expect((await terminal.pipeline('graph')).out).toContain('part  1 up to date, 1 will run\n');
  });

  it('is Mermaid', async () => {
    const { code, out } = await terminal.pipeline('graph', '--format', 'mermaid');
    expect(code).toBe(0);
    expect(out).toMatch(/^graph LR\n/);
    expect(out).toContain('  s1["part<br/>2 may run"]\n');
    expect(out).toContain('  s0 --> s1\n  s1 --> s2\n');
    expect(out).toMatch(/ {2}style s0 stroke:#[0-9a-f]{6}\n/);
  });

  it('is DOT', async () => {
    const { out } = await terminal.pipeline('graph', '--format', 'dot', 'part');
    expect(out).toMatch(/^digraph pipeline \{\n[\s\S]*\n\}\n$/);
    expect(out).toContain('  "base" -> "part";\n');
    expect(out).not.toContain('"end"');
  });
});
