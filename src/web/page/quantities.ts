/** Values and times as the page shows them. */
import { figure } from '../../base/units.ts';

/** Formats the value of a metric. A dash if there is none. */
export function shownValue(value: unknown): string {
  if (typeof value === 'number') return figure(value);
  return value === null || value === undefined ? '–' : String(value);
}

export function moment(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
