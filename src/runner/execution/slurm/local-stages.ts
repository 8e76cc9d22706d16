/** Which stages stay on the machine of the head, as the `local` selectors of the profile say. */
import { matches, parseSelector } from '../../graph/selector.ts';

export function isLocal(selectors: readonly string[], id: string): boolean {
  return selectors.some((text) => names(text, id));
}

function names(selector: string, id: string): boolean {
  const wanted = parseSelector(selector);
  const own = parseSelector(id);
  return wanted?.name === own?.name && own !== undefined && matches(wanted!, own.filter);
}
