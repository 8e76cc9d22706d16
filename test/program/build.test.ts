/** An incremental build has the same bytes as a full build. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BuildRig, changedCodes, KEPT, withoutInputs } from './build-rig.ts';

const rig = new BuildRig();

const REMARK = '// A remark.\n';

/** After a full build for each of these, the build is the same as before it. */
it.each<[string, () => void]>([
  ['nothing', () => undefined],
  ['a comment', () => rig.edit('src/linalg/rank.ts', (text) => text + REMARK)],
])('after a change of %s, the build is the same', async (_what, change) => {
  const before = rig.built();
  change();
  await rig.build({ onlyChanged: true });
  expect(withoutInputs(rig.built())).toEqual(withoutInputs(before));
});

/** No change affects the parts of the change before it, so one full build can check both. */
const SHOWN_BY_THE_NEXT = [
  'a new file, imported',
  'a file removed',
  'the page',
  'the code that makes digests',
];

it.each<[string, () => void, readonly string[]]>([
  [
    'a colour',
    () => rig.edit('src/report/charts/theme.ts', (text) => text.replace("'#222222'", "'#222288'")),
    ['report'],
  ],
  [
    'a module that several stages share',
    () => rig.edit('src/linalg/rank.ts', (text) => text.replaceAll('Math.max(', 'Math.max(0, ')),
    ['decompose', 'factorize'],
  ],
  [
    'a new file, imported',
    () => {
      writeFileSync(join(rig.folder, 'src/report/paper.ts'), "export const PAPER = 'ivory';\n");
      rig.edit('src/report/charts/theme.ts', (text) =>
        `import { PAPER } from '../paper.ts';\n${text}`.replace("'white'", 'PAPER'),
      );
    },
    ['report'],
  ],
  [
    'an import moved to another file',
    () => {
      rig.edit('src/report/charts/theme.ts', (text) => text.replace('../paper.ts', './font.ts'));
      rig.edit('src/report/charts/font.ts', (text) => `${text}export const PAPER = 'snow';\n`);
    },
    ['report'],
  ],
  ['a file removed', () => unlinkSync(join(rig.folder, 'src/report/paper.ts')), []],
  ['the page', () => rig.edit('src/web/page/style.css', (text) => `${text}p{color:red}`), []],
  ['the launcher', () => rig.edit('src/main.ts', (text) => text.replace('300', '301')), []],
  [
    'the code that makes digests',
    () =>
      rig.edit('src/runner/key/digest.ts', (text) => text.replaceAll("'sha256'", "'sha512-256'")),
    KEPT,
  ],
  [
    'a version in the lock file',
    () => rig.edit('package-lock.json', (text) => text.replaceAll('"6.4.0"', '"6.4.9"')),
    ['report'],
  ],
])('after a change of %s', async (what, change, expected) => {
  const before = rig.built();
  change();
  await rig.build({ onlyChanged: true });
  const changed = rig.built();
  expect(changedCodes(before, changed)).toEqual(expected);
  if (SHOWN_BY_THE_NEXT.includes(what)) return;
  await rig.build();
  expect(changed).toEqual(rig.built());
});

describe('a start', () => {
  const start = (options: object = {}) => {
    const all = [join(rig.folder, 'dist/main.js'), '--version'];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, {
      encoding: 'utf8',
      ...options,
    });
    return { status, version: stdout.trim(), stderr };
  };
  const filesOfBuild = () => readdirSync(join(rig.folder, 'dist')).sort();
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const fine = { status: 0, version, stderr: '' };

  it('builds nothing if the sources were touched but not changed', () => {
    const before = filesOfBuild();
    const parts = statSync(join(rig.folder, 'dist/parts.json')).mtimeMs;
    const now = new Date();
    for (const name of ['src/main.ts', 'src/linalg/rank.ts'])
      utimesSync(join(rig.folder, name), now, now);
    const copy = join(rig.folder, 'src/program.ts.new');
    cpSync(join(rig.folder, 'src/program.ts'), copy);
    renameSync(copy, join(rig.folder, 'src/program.ts'));
    expect(start()).toEqual(fine);
    expect(filesOfBuild()).toEqual(before);
    expect(statSync(join(rig.folder, 'dist/parts.json')).mtimeMs).toBe(parts);
    // The build has the new stats, so a change of one source is a change of only that one.
    const made = rig.built();
    rig.edit('src/linalg/rank.ts', (text) => text + REMARK);
    expect(rig.buildAlone('--changed').status).toBe(0);
    expect(changedCodes(made, rig.built())).toEqual([]);
  });

  it('of a user who can not write to the build uses a private build', () => {
    const isRoot = process.getuid?.() === 0;
    const cache = mkdtempSync(join(tmpdir(), 'cache-'));
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const asOther = isRoot ? { uid: 65534, gid: 65534, env } : { env };
    chmodSync(cache, 0o777);
    spawnSync('chmod', ['-R', 'a+rX', rig.folder]);
    // Without read access for this account, the test is impossible.
    if (start(asOther).status !== 0) return;
    rig.edit('src/linalg/rank.ts', (text) => text + REMARK);
    spawnSync('chmod', ['-R', 'a+rX,a-w', rig.folder]);
    try {
      const before = filesOfBuild();
      expect(start(asOther)).toEqual(fine);
      expect(filesOfBuild()).toEqual(before);
      const [name] = readdirSync(join(cache, 'lowrank-pipeline/builds'));
      const own = join(cache, 'lowrank-pipeline/builds', name!, 'dist');
      const made = statSync(join(own, 'build.json')).mtimeMs;
      expect(start(asOther)).toEqual(fine);
      expect(statSync(join(own, 'build.json')).mtimeMs).toBe(made);
      expect(
        start({ ...asOther, env: { ...env, XDG_CACHE_HOME: join(rig.folder, 'package.json') } }),
      ).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/help: set XDG_CACHE_HOME/),
      });
    } finally {
      spawnSync('chmod', ['-R', 'u+w', rig.folder]);
      rmSync(cache, { recursive: true, force: true });
    }
  });
});

it('after sources that could not be built', async () => {
  const last = rig.built();
  rig.edit('src/report/charts/theme.ts', (text) => `${text}}`);
  const { status, stderr } = rig.buildAlone('--changed');
  expect(status).toBe(1);
  expect(stderr).toContain('src/report/charts/theme.ts');
  expect(rig.built()).toEqual(last);
  rig.edit('src/report/charts/theme.ts', (text) => text.slice(0, -1));
  expect(rig.buildAlone('--changed').stderr).toBe('');
  const changed = rig.built();
  await rig.build();
  expect(changed).toEqual(rig.built());
});
