/** Writes values as a JSON file for a command, with each number exactly as in its source. */
import type { Located, LocatedScalar } from './located.ts';

export interface JsonText {
  /** Undefined if `usualText` of the plain values has the same meaning. */
  readonly text: string | undefined;
  /** Values that JSON can't represent. */
  readonly faults: readonly LocatedScalar[];
}

/** `copied`: the values come from a JSON file, so all of them can be written as JSON. */
export function jsonText(root: Located, indent: string, copied: boolean): JsonText {
  const faults: LocatedScalar[] = [];
  let isUsual = true;
  const scalar = (node: LocatedScalar): string => {
    const { value, text } = node;
    const usual = JSON.stringify(value);
    if (text === undefined || text === usual) return usual;
    const isJson = copied || (NUMBER.test(text) && typeof value !== 'boolean');
    if (!isJson && typeof value === 'string') faults.push(node);
    if (!isJson) return usual;
    isUsual = false;
    return text;
  };
  const write = (node: Located, outer: string): string => {
    if (node.kind === 'scalar') return scalar(node);
    const inner = outer + indent;
    const parts =
      node.kind === 'list'
        ? node.items.map((item) => write(item, inner))
        : [...node.entries].map(
            ([key, { value }]) =>
              `${JSON.stringify(key)}:${indent === '' ? '' : ' '}${write(value, inner)}`,
          );
    const [open, close] = node.kind === 'list' ? ['[', ']'] : ['{', '}'];
    if (parts.length === 0) return open + close;
    const line = indent === '' ? '' : '\n';
    const joined = parts.map((part) => `${line}${indent === '' ? '' : inner}${part}`).join(',');
    return `${open}${joined}${line}${indent === '' ? '' : outer}${close}`;
  };
  const text = write(root, '');
  return { text: isUsual ? undefined : text, faults };
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
