/** The selection of a run as words of a command. */
import type { RunSummary } from '../../runner/index.ts';

export function selectionWords({ selection }: Pick<RunSummary, 'selection'>): readonly string[] {
  const { file, configs = [], settings = [], targets = [] } = selection ?? {};
  return [
    ...targets,
    ...(file === undefined ? [] : ['-f', file]),
    ...configs.flatMap((config) => ['-c', config]),
    ...settings.flatMap((setting) => ['--set', setting]),
  ];
}
