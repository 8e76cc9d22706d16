/** How deep a YAML text is nested, found without going down it by calls within calls. */
import { type CST, Parser } from 'yaml';

/** Whatever looks at a tree later goes down it by calls within calls. */
export const DEEPEST = 500;

export const TOO_DEEP = `this is nested more than ${DEEPEST} levels deep`;

/** What `act` returns; undefined where the library runs out of stack, as it does on very deep texts. */
export function withinStack<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (problem) {
    if (problem instanceof RangeError && /call stack/.test(problem.message)) return undefined;
    throw problem;
  }
}

/** Where the first value begins that lies deeper than that. */
export function firstTooDeep(text: string): number | undefined {
  return withinStack(() => firstInTokens(text)) ?? MANY_INDICATORS.exec(text)?.index;
}

/** Lists or maps within each other on one line, which the library goes down by calls within calls. */
const MANY_INDICATORS = new RegExp(`(?:[-?:] +){${DEEPEST},}`);

function firstInTokens(text: string): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) {
    open.push({ token, depth: 0 });
    for (let next = open.pop(); next; next = open.pop()) {
      if (next.depth > DEEPEST) return next.token.offset;
      const depth = next.depth + 1;
      // The first is to be looked at first.
      for (const inside of childrenOf(next.token).reverse()) open.push({ token: inside, depth });
    }
  }
  return undefined;
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((one) => one != null));
}
