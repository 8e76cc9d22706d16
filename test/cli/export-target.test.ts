/** Where `pipeline export` writes, and when it refuses. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail } from '../../src/base/result.ts';
import { digestFile } from '../../src/runner/key/digest.ts';
import { storedRecords } from '../../src/runner/store/inventory.ts';
import { ExportTerminal } from './export-rig.ts';

let terminal: ExportTerminal;
let folder: string;
beforeEach(() => {
  terminal = new ExportTerminal();
  folder = terminal.target;
});
afterEach(() => terminal.remove());

describe('an export is refused', () => {
  const refused = async (...words: string[]): Promise<string> => {
    const before = readdirSync(terminal.rig.root);
    const { code, out, err } = await terminal.exported(...words);
    expect([code, out]).toEqual([2, '']);
    expect(readdirSync(terminal.rig.root)).toEqual(before);
    // Where a line is wrapped depends on the folder.
    return err.replaceAll(/\s+/g, ' ');
  };

  it('without such a run, and for a run that is not done', async () => {
    expect(await refused('latest', folder)).toContain('there are no runs yet');
    terminal.rig.executor.instead.set('base', () => fail({ kind: 'timeout', seconds: 1 }));
    await terminal.pipeline('run');
    expect(await refused('latest', folder)).toMatch(/is (?:failed|interrupted)/);
    expect(await refused('none', folder)).toContain('no run "none"');
  });

  it('into a folder with files, onto a file, and into the store', async () => {
    await terminal.pipeline('run');
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine'), '');
    expect(await refused('latest', folder)).toContain('already has files');
    expect(readdirSync(folder)).toEqual(['mine']);
    expect(await refused('latest', join(folder, 'mine'))).toContain('is a file');
    expect(await refused('latest', join(terminal.rig.layout.latest, 'x'))).toContain('the store');
    expect(await refused('latest', join(folder, 'mine', 'inside'))).toContain('could not create');
  });

  it('if a result is lost or damaged, without leaving a part', async () => {
    await terminal.pipeline('run');
    const [record] = [...storedRecords(terminal.rig.layout)];
    const kept = readFileSync(record!.path);
    rmSync(record!.path);
    expect(await refused('latest', folder)).toContain('are no longer in the store');
    writeFileSync(record!.path, kept);
    const shown = join(terminal.rig.layout.latest, 'part/rate=2/out/value.txt');
    const object = terminal.rig.layout.object(digestFile(shown));
    chmodSync(object, 0o644);
    writeFileSync(object, 'damaged');
    expect(await refused('latest', folder)).toContain('is damaged');
    rmSync(object);
    expect(await refused('latest', folder)).toContain('is damaged');
  });

  it('if it was interrupted', async () => {
    await terminal.pipeline('run');
    terminal.signal = AbortSignal.abort();
    const { code, err } = await terminal.exported('latest', folder);
    expect(code).toBe(130);
    expect(err).toContain('interrupted');
    expect(existsSync(folder)).toBe(false);
  });

  it('if the folder can not be written', async () => {
    await terminal.pipeline('run');
    const readOnly = join(terminal.rig.root, 'read-only');
    mkdirSync(readOnly, { mode: 0o500 });
    if (process.getuid!() === 0) return;
    expect(await refused('latest', join(readOnly, 'x'))).toContain('could not create');
  });
});

it('an empty folder, and a link to one, can be the target', async () => {
  await terminal.pipeline('run');
  const elsewhere = join(terminal.rig.root, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, folder);
  expect(await terminal.exported('latest', folder)).toMatchObject({ code: 0 });
  expect(existsSync(join(elsewhere, 'ro-crate-metadata.json'))).toBe(true);
  mkdirSync(`${folder}-2`);
  expect(await terminal.exported('latest', `${folder}-2`)).toMatchObject({ code: 0 });
});

it('two exports to the same folder leave one of them whole', async () => {
  await terminal.pipeline('run');
  const both = await Promise.all([
    terminal.exported('latest', folder),
    terminal.exported('latest', folder),
  ]);
  expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
  expect(both.find(({ code }) => code === 2)!.err).toContain('could not write');
  expect(existsSync(join(folder, 'ro-crate-metadata.json'))).toBe(true);
  expect(readdirSync(terminal.rig.root).filter((name) => name.startsWith('exported'))).toEqual([
    'exported',
  ]);
});
