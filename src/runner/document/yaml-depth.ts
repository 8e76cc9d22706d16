/** Finds nesting that is too deep in a YAML text, without recursion. */
import { type CST, Parser } from 'yaml';

/** Later code walks the tree recursively, so the depth must be limited. */
export const DEEPEST = 500;

export const TOO_DEEP = `this is nested more than ${DEEPEST} levels deep`;

/** The result of `act`, or undefined if the library runs out of stack, which happens on very deep texts. */
export function withinStack<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (problem) {
    if (problem instanceof RangeError && /call stack/.test(problem.message)) return undefined;
    throw problem;
  }
}

/** The offset of the first value that is nested deeper than `DEEPEST`. */
export function firstTooDeep(text: string): number | undefined {
  return withinStack(() => firstInTokens(text)) ?? MANY_INDICATORS.exec(text)?.index;
}

/** Lists or maps nested on one line, which the library parses recursively. */
const MANY_INDICATORS = new RegExp(`(?:[-?:] +){${DEEPEST},}`);

function firstInTokens(text: string): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) {
    open.push({ token, depth: 0 });
    for (let next = open.pop(); next; next = open.pop()) {
      if (next.depth > DEEPEST) return next.token.offset;
      const depth = next.depth + 1;
      // Reversed, so that the first child is popped first.
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
