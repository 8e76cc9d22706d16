/** The program and the commit of a run, for people. */
import type { Origin } from '../../runner/index.ts';

export function originText({ version, commit, changed }: Origin): string {
  const changes = changed ? ' with changes' : '';
  return `version ${version}${commit === undefined ? '' : `, commit ${commit}${changes}`}`;
}

/** `0123abc`, and `0123abc+` if files differed from it. */
export function shortCommit({ commit, changed }: Origin): string {
  return commit === undefined ? '' : `${commit.slice(0, 7)}${changed ? '+' : ''}`;
}
