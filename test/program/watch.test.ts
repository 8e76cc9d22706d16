/** `pipeline run --watch` of the built program, in a project of commands. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'watch-'));
const file = (name: string): string => join(folder, name);
let child: ChildProcess | undefined;

afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it('runs again after a change of an input, of the pipeline, of an invalid pipeline, and after a file is restored', async () => {
  const pipeline =
    'stages:\n  a:\n    run: sort in.txt > out.txt\n    files: [in.txt]\n    outputs: [out.txt]\n';
  writeFileSync(file('in.txt'), 'b\na\n');
  writeFileSync(file('pipeline.yaml'), pipeline);
  child = spawn(process.execPath, [resolve('dist/main.js'), 'run', '--watch'], { cwd: folder });
  const waits = listen(child);
  const result = (): string => readFileSync(file('artifacts/latest/a/out.txt'), 'utf8');

  await waits.next();
  expect(result()).toBe('a\nb\n');
  writeFileSync(file('in.txt'), 'c\nb\na\n');
  expect(await waits.next()).toContain('in.txt changed');
  expect(result()).toBe('a\nb\nc\n');
  writeFileSync(file('pipeline.yaml'), pipeline.replace('outputs', 'outptus'));
  expect(await waits.next()).toContain('did you mean "outputs"?');
  writeFileSync(file('pipeline.yaml'), pipeline.replace('sort', 'sort -r'));
  expect(await waits.next()).toContain('pipeline.yaml changed');
  expect(result()).toBe('c\nb\na\n');
  rmSync(file('in.txt'));
  expect(await waits.next()).toContain('"in.txt" does not exist');
  writeFileSync(file('in.txt'), 'd\ne\n');
  expect(await waits.next()).toContain('in.txt changed');
  expect(result()).toBe('e\nd\n');

  const ended = new Promise((done) => child!.once('exit', done));
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});

it('runs again after a change of the file of its profile', async () => {
  const own = file('profile');
  const profile = join(own, 'profiles/site.yaml');
  mkdirSync(dirname(profile), { recursive: true });
  writeFileSync(
    join(own, 'pipeline.yaml'),
    'stages:\n  a: { run: echo made > out.txt, outputs: [out.txt] }\n',
  );
  const words = ['run', '--watch', '--profile', 'site'];
  child = spawn(process.execPath, [resolve('dist/main.js'), ...words], { cwd: own });
  const waits = listen(child);

  expect(await waits.next()).toContain('no profile is named "site"');
  writeFileSync(profile, '{ executor: slurm, lcoal: [a] }\n');
  const said = await waits.next();
  expect(said).toContain('site.yaml changed');
  expect(said).toContain('did you mean "local"?');
  // The stage stays here, so no cluster is needed.
  writeFileSync(profile, '{ executor: slurm, local: [a] }\n');
  expect(await waits.next()).toContain('site.yaml changed');
  expect(readFileSync(join(own, 'artifacts/latest/a/out.txt'), 'utf8')).toBe('made\n');
});

/** The output until the program waits for changes again. */
function listen({ stdout, stderr }: ChildProcess): { next(): Promise<string> } {
  let text = '';
  let arrive: () => void = () => undefined;
  for (const stream of [stdout!, stderr!]) {
    stream.on('data', (piece: Buffer) => {
      text += piece;
      if (text.includes('waiting for changes')) arrive();
    });
  }
  return {
    next: async () => {
      if (!text.includes('waiting for changes')) {
        await new Promise<void>((resolve) => {
          arrive = resolve;
        });
      }
      const said = text;
      text = '';
      return said;
    },
  };
}
