/**
 * `${name.path}` in values. A value that consists of one reference is replaced by the node it names (with
 * that node's place). Inside a longer string the value is inserted as text. `${name|quote}` inserts it
 * quoted for a shell. `$${` is the escape for a plain `${`.
 */
import { shellQuoted } from '../../base/shell-quoted.ts';
import { type Diagnostic, error } from './diagnostic.ts';
import { type Located, type LocatedEntry, type LocatedScalar, nodeAt, textOf } from './located.ts';
import { placeOfReference } from './place-in-text.ts';
import { parseReference, REFERENCE } from './reference.ts';
import { ENVIRONMENT, REPLACEMENT, type Span } from './source.ts';
import { didYouMean } from './suggest.ts';

export interface Interpolated {
  readonly root: Located;
  readonly diagnostics: readonly Diagnostic[];
}

/** Resolves against `scope`, whose values may refer to each other, but not in a cycle. */
export function interpolate(node: Located, scope: Located): Interpolated {
  const use: Use = { scope, diagnostics: [], left: MOST_VALUES };
  const root = resolve(node, [], use);
  if (use.left < 0) {
    const suggestion = 'each use of a variable inserts another copy of its value';
    const message = 'this has too many values after its variables are replaced';
    return { root: node, diagnostics: [error(message, node.span, { suggestion })] };
  }
  return { root, diagnostics: use.diagnostics };
}

/** Variables that name others several times can make a short text expand without end. */
const MOST_VALUES = 2_000_000;

/** Inserted text counts as one value per this number of characters. */
const CHARACTERS_PER_VALUE = 16;

interface Use {
  readonly scope: Located;
  readonly diagnostics: Diagnostic[];
  /** The number of values that may still be visited. */
  left: number;
}

const WHOLE = /^\$\{([^}]*)\}$/;
const NAME = /^[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*$/;

function resolve(node: Located, open: readonly string[], use: Use): Located {
  if (--use.left < 0) return node;
  switch (node.kind) {
    // Nodes without references are returned unchanged, which is most of a document.
    case 'list': {
      const items = node.items.map((item) => resolve(item, open, use));
      return items.every((item, i) => item === node.items[i]) ? node : { ...node, items };
    }
    case 'map': {
      let entries: Map<string, LocatedEntry> | undefined;
      for (const [key, entry] of node.entries) {
        const value = resolve(entry.value, open, use);
        if (value === entry.value) continue;
        entries ??= new Map(node.entries);
        entries.set(key, { ...entry, value });
      }
      return entries ? { ...node, entries } : node;
    }
    case 'scalar':
      return typeof node.value === 'string' && node.value.includes('${')
        ? resolveText(node, node.value, open, use)
        : node;
  }
}

function resolveText(
  node: LocatedScalar,
  text: string,
  open: readonly string[],
  use: Use,
): Located {
  const { scope, diagnostics } = use;
  /** Diagnostics point at `place`. */
  const lookUp = (expression: string, place: () => Span, whole: boolean): Located | undefined => {
    const { name } = parseReference(expression);
    const shell = `"$\${${expression}}" passes "\${${expression}}" to the shell`;
    if (!NAME.test(name)) {
      const message = `"\${${expression}}" is not the name of a variable`;
      diagnostics.push(error(message, place(), whole ? {} : { suggestion: shell }));
      return undefined;
    }
    if (open.includes(name)) {
      const cycle = [...open.slice(open.indexOf(name)), name].join(' -> ');
      diagnostics.push(error(`this variable depends on itself: ${cycle}`, place()));
      return undefined;
    }
    const steps = name.replaceAll('[', '.').replaceAll(']', '').split('.');
    const found = nodeAt(scope, steps);
    if (!found) {
      const environment = /^[A-Z][A-Z0-9_]*$/.test(name)
        ? `; "\${env.${name}}" inserts the environment variable, and its value becomes part of the key`
        : '';
      const more = whole && environment === '' ? {} : { suggestion: `${shell}${environment}` };
      const message = `no variable is named "${name}"${nearName(scope, steps)}`;
      diagnostics.push(error(message, place(), more));
      return undefined;
    }
    if (isOtherBytes(found)) {
      diagnostics.push(error(`the environment variable ${name.slice(4)} is not UTF-8`, node.span));
    }
    return resolve(found, [...open, name], use);
  };
  const whole = WHOLE.exec(text);
  if (whole && !parseReference(whole[1]!).quoted) {
    return lookUp(whole[1]!, () => node.span, true) ?? { ...node, value: null };
  }
  let number = -1;
  const value = text.replace(REFERENCE, (reference, expression: string | undefined) => {
    const place = placeOfReference.bind(undefined, node, ++number);
    if (expression === undefined) return '${';
    const found = lookUp(expression, place, whole !== null);
    const { quoted } = parseReference(expression);
    if (found && found.kind !== 'scalar') {
      const message = `"${reference}" is a ${found.kind}, which can't be part of a text`;
      diagnostics.push(error(message, place(), adviceOn(expression, found)));
    }
    const plain = found?.kind === 'scalar' ? textOf(found) : '';
    const written = quoted ? shellQuoted(plain) : plain;
    use.left -= written.length / CHARACTERS_PER_VALUE;
    return use.left < 0 ? '' : written;
  });
  return { kind: 'scalar', value, span: node.span };
}

function isOtherBytes(node: Located): boolean {
  if (node.kind !== 'scalar' || node.span.file !== ENVIRONMENT) return false;
  return textOf(node).includes(REPLACEMENT);
}

/** Suggests values of a map that can be part of a text. */
function adviceOn(expression: string, found: Located): { suggestion?: string } {
  if (found.kind !== 'map') return {};
  const { name, quoted } = parseReference(expression);
  const fields = [...found.entries]
    .filter(([key, { value }]) => value.kind === 'scalar' && /^[\w-]+$/.test(key))
    .map(([key]) => `\${${name}.${key}${quoted ? '|quote' : ''}}`);
  const names = fields.slice(0, 3);
  return names.length > 0 ? { suggestion: `name one of its values: ${names.join(', ')}` } : {};
}

function nearName(scope: Located, steps: readonly string[]): string {
  for (let length = steps.length - 1; length >= 0; length--) {
    const parent = nodeAt(scope, steps.slice(0, length));
    const nameOf = (near: string): string => [...steps.slice(0, length), near].join('.');
    if (parent?.kind === 'map') return didYouMean(steps[length]!, parent.entries.keys(), nameOf);
  }
  return '';
}
