/** The built library in a program that was passed on the command line (`node -e`). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'library-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('runs stages in processes that do not run that program again', () => {
  const pipeline = `
stages:
  greet:
    run: echo hello > hello.txt
    outputs: [hello.txt]
`;
  writeFileSync(join(folder, 'pipeline.yaml'), pipeline);
  const library = pathToFileURL(resolve('dist/index.js')).href;
  const program = `
    import { describeProblems, openProject, plan, run } from ${JSON.stringify(library)};
    const opened = await openProject({ file: 'pipeline.yaml' });
    if (!opened.ok) throw new Error(describeProblems(opened.error));
    const planned = await plan(opened.value.project);
    if (!planned.ok) throw new Error(describeProblems(planned.error));
    const finished = await run(opened.value.project, planned.value, {});
    if (finished.executed !== 1) throw new Error(JSON.stringify(finished));
  `;
  const words = ['--input-type=module', '-e', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stderr, stdout }).toMatchObject({ status: 0 });
  const made = join(folder, 'artifacts/latest/greet/hello.txt');
  expect(readFileSync(made, 'utf8')).toBe('hello\n');
});
