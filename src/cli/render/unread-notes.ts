/** A note about files that should contain metrics but can't be read. */
import type { Host } from '../host.ts';
import { wrap } from './text.ts';

const MOST_NAMED = 5;

export function unreadNotes(
  unread: readonly string[],
  { columns }: Pick<Host, 'columns'>,
): readonly string[] {
  if (unread.length === 0) return [];
  const more = unread.length - MOST_NAMED;
  const names = [...unread.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])];
  return [wrap(`not JSON or YAML with numbers: ${names.join(', ')}`, columns)];
}
