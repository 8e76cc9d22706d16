/** The commit of a project, compared with what git says. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitOf, originOf } from '../../src/app/origin.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'origin-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function git(...words: readonly string[]): string {
  const names = ['user.name=a', 'user.email=a@example.com', 'commit.gpgsign=false'];
  const settings = names.flatMap((name) => ['-c', name]);
  return execFileSync('git', [...settings, ...words], { cwd: folder, stdio: 'pipe' })
    .toString()
    .trim();
}

function commit(text: string): string {
  writeFileSync(join(folder, 'a.txt'), text);
  git('add', 'a.txt');
  git('commit', '-q', '-m', text);
  return git('rev-parse', 'HEAD');
}

describe.skipIf(!hasGit)(`the origin of a run${hasGit ? '' : ' (skipped: no git)'}`, () => {
  it('has the commit of a branch, packed or not, and of no branch', () => {
    git('init', '-q');
    expect(commitOf(folder)).toBeUndefined();
    const first = commit('one');
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    expect(commitOf(join(folder, 'deep/er'))).toBe(first);
    git('pack-refs', '--all');
    expect(commitOf(folder)).toBe(first);
    const second = commit('two');
    expect(commitOf(folder)).toBe(second);
    git('checkout', '-q', first);
    expect(commitOf(folder)).toBe(first);
  });

  it('has the commit of a worktree', () => {
    git('init', '-q');
    const first = commit('one');
    git('worktree', 'add', '-q', 'tree', '-b', 'other');
    commit('two');
    expect(commitOf(join(folder, 'tree'))).toBe(first);
    git('pack-refs', '--all');
    expect(commitOf(join(folder, 'tree'))).toBe(first);
  });

  it('says whether tracked files differ', async () => {
    git('init', '-q');
    const first = commit('one');
    writeFileSync(join(folder, 'new.txt'), 'not tracked');
    expect(await originOf(folder, '1.0.0', true)).toEqual({
      version: '1.0.0',
      commit: first,
      changed: false,
    });
    writeFileSync(join(folder, 'a.txt'), 'other');
    expect(await originOf(folder, '1.0.0', true)).toMatchObject({ changed: true });
    git('add', 'a.txt');
    expect(await originOf(folder, '1.0.0', true)).toMatchObject({ changed: true });
    expect(await originOf(folder, '1.0.0', false)).toEqual({ version: '1.0.0', commit: first });
  });

  it('has no commit where HEAD is damaged or has another format', async () => {
    git('init', '-q');
    commit('one');
    for (const text of ['', 'ref: refs/heads/.invalid\n', '../../etc/passwd', 'abc']) {
      writeFileSync(join(folder, '.git/HEAD'), text);
      expect(commitOf(folder)).toBeUndefined();
    }
    expect(await originOf(folder, '1.0.0', true)).toEqual({ version: '1.0.0' });
  });
});

it('has no commit outside of a repository', async () => {
  expect(await originOf(folder, '1.0.0', true)).toEqual({ version: '1.0.0' });
});
