/** The columns that a person chose for the table of experiments, in the format of everything that is remembered. */
import { parseJson } from '../../base/json-text.ts';
import type { Layout } from '../store/layout.ts';
import { CheckedLog, contentOf, unflushed } from './checked-log.ts';

/** Empty if none were chosen. */
export function chosenColumns(layout: Layout): readonly string[] {
  const line = logOf(layout).lines().at(-1);
  const content = line === undefined ? undefined : contentOf(line);
  const names = content === undefined ? undefined : parseJson(content);
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

/** Throws a system error if the disk refuses. */
export function chooseColumns(layout: Layout, names: readonly string[]): void {
  logOf(layout).rewrite([JSON.stringify(names)], unflushed);
}

function logOf(layout: Layout): CheckedLog {
  return new CheckedLog(layout.chosenColumns, layout.temporary);
}
