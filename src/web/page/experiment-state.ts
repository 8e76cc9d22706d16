/** What a user chose in the table of experiments. It stays while other views are shown. */
import { signal } from '@preact/signals';
import type { SortKey } from '../../base/table-query.ts';

export const filter = signal('');
export const sort = signal<SortKey | undefined>(undefined);
/** The rows that are shown side by side; see `idsOf`. */
export const picked = signal<ReadonlySet<string>>(new Set());
/** The columns to show; undefined: chosen by the page. */
export const columns = signal<readonly string[] | undefined>(undefined);

export interface Axes {
  readonly x?: string;
  readonly y?: string;
  readonly by?: string;
  readonly logX: boolean;
  readonly logY: boolean;
}

export const axes = signal<Axes>({ logX: false, logY: false });

export interface ParallelChoice {
  readonly log: boolean;
  /** The columns; undefined: chosen by the page. */
  readonly chosen: readonly string[] | undefined;
}

export const parallel = signal<ParallelChoice>({ log: false, chosen: undefined });

export function sortBy(column: string): void {
  sort.value = nextOrder(sort.value, column);
}

/** Ascending, descending, then unsorted. */
export function nextOrder(now: SortKey | undefined, column: string): SortKey | undefined {
  if (now?.column !== column) return { column, descending: false };
  return now.descending ? undefined : { column, descending: true };
}

/** Each project has its own choice, also in later sessions. */
const keyOf = (project: string): string => `columns of ${project}`;

export function loadColumns(project: string): void {
  const text = localStorage.getItem(keyOf(project));
  columns.value = text === null ? undefined : text.split('\n');
}

export function keepColumns(project: string, names: readonly string[] | undefined): void {
  columns.value = names;
  if (names === undefined) localStorage.removeItem(keyOf(project));
  else localStorage.setItem(keyOf(project), names.join('\n'));
}
