/**
 * Applies configurations, and single values from the command line, to the variables of a document.
 *
 * The document declares which variables exist. A configuration can change their values, but it can't add
 * names: an unknown name is probably misspelt, so it is an error.
 */
import { type Diagnostic, error } from './diagnostic.ts';
import { formatPath, type Located, type LocatedEntry, type Path } from './located.ts';
import type { Setting } from './setting.ts';
import { didYouMean } from './suggest.ts';

export interface Overlaid {
  readonly root: Located;
  readonly diagnostics: readonly Diagnostic[];
}

/** Maps are merged key by key; any other value is replaced. */
export function overlay(base: Located, over: Located): Overlaid {
  const diagnostics: Diagnostic[] = [];
  return { root: merge(base, over, [], diagnostics), diagnostics };
}

function merge(base: Located, over: Located, path: Path, diagnostics: Diagnostic[]): Located {
  if (base.kind !== 'map') return over;
  if (over.kind !== 'map') {
    const name = path.length === 0 ? 'a configuration' : `"${formatPath(path)}"`;
    diagnostics.push(error(`${name} is a map of variables, not a single value`, over.span));
    return base;
  }
  const entries = new Map<string, LocatedEntry>(base.entries);
  for (const [key, entry] of over.entries) {
    const known = base.entries.get(key);
    if (!known && base.entries.size > 0) {
      const name = formatPath([...path, key]);
      const hint = didYouMean(key, base.entries.keys(), (near) => formatPath([...path, near]));
      diagnostics.push(
        error(`no variable is named ${quoted(name)}${hint}`, entry.keySpan, {
          suggestion: `declare it under "vars" (${base.span.file}:${base.span.line})`,
        }),
      );
      continue;
    }
    const value = known
      ? merge(known.value, entry.value, [...path, key], diagnostics)
      : entry.value;
    entries.set(key, { keySpan: entry.keySpan, value });
  }
  return { kind: 'map', entries, span: base.span };
}

/** `root` with one value replaced. The index after the last item of a list appends to the list. */
export function setValue(root: Located, { path, pathSpan, value }: Setting): Overlaid {
  const diagnostics: Diagnostic[] = [];
  const place = (node: Located, depth: number): Located => {
    if (depth === path.length) return merge(node, value, path, diagnostics);
    const step = path[depth]!;
    if (node.kind === 'list' && typeof step === 'number' && step <= node.items.length) {
      const items = [...node.items];
      items[step] = step < items.length ? place(items[step]!, depth + 1) : value;
      return { ...node, items };
    }
    const entry = node.kind === 'map' ? node.entries.get(String(step)) : undefined;
    if (node.kind === 'map' && entry) {
      const entries = new Map(node.entries);
      entries.set(String(step), { keySpan: value.span, value: place(entry.value, depth + 1) });
      return { ...node, entries };
    }
    const name = formatPath(path.slice(0, depth + 1));
    if (node.kind === 'list' && typeof step === 'number') {
      const list = formatPath(path.slice(0, depth));
      const count = node.items.length;
      diagnostics.push(
        error(`"${list}" has ${count} values; the next one is [${count}]`, pathSpan),
      );
      return node;
    }
    const nameOf = (near: string): string => formatPath([...path.slice(0, depth), near]);
    const hint = node.kind === 'map' ? didYouMean(String(step), node.entries.keys(), nameOf) : '';
    diagnostics.push(error(`no variable is named ${quoted(name)}${hint}`, pathSpan));
    return node;
  };
  return { root: place(root, 0), diagnostics };
}

/** Adds quotes, unless the path has a quoted key. */
function quoted(path: string): string {
  return path.includes('"') ? path : `"${path}"`;
}
