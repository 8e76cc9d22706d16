/**
 * `${name.path}` in values: a whole value is replaced by the node it names (with that node's place),
 * inside a longer string the value is written out. `$${` stands for a plain `${`.
 */
import { type Diagnostic, error } from './diagnostic.ts';
import { type Located, type LocatedEntry, type LocatedScalar, nodeAt } from './located.ts';
import { didYouMean } from './suggest.ts';

export interface Interpolated {
  readonly root: Located;
  readonly diagnostics: readonly Diagnostic[];
}

/** Resolves against `scope`, whose own values may refer to each other (but not in a circle). */
export function interpolate(node: Located, scope: Located): Interpolated {
  const diagnostics: Diagnostic[] = [];
  const root = resolve(node, scope, [], diagnostics);
  return { root, diagnostics };
}

const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;
const WHOLE = /^\$\{([^}]*)\}$/;
const NAME = /^[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*$/;

function resolve(
  node: Located,
  scope: Located,
  open: readonly string[],
  diagnostics: Diagnostic[],
): Located {
  switch (node.kind) {
    // What names no variable is handed on as it is: most of a document does not.
    case 'list': {
      const items = node.items.map((item) => resolve(item, scope, open, diagnostics));
      return items.every((item, i) => item === node.items[i]) ? node : { ...node, items };
    }
    case 'map': {
      let entries: Map<string, LocatedEntry> | undefined;
      for (const [key, entry] of node.entries) {
        const value = resolve(entry.value, scope, open, diagnostics);
        if (value === entry.value) continue;
        entries ??= new Map(node.entries);
        entries.set(key, { ...entry, value });
      }
      return entries ? { ...node, entries } : node;
    }
    case 'scalar':
      return typeof node.value === 'string' && node.value.includes('${')
        ? resolveText(node, node.value, scope, open, diagnostics)
        : node;
  }
}

function resolveText(
  node: LocatedScalar,
  text: string,
  scope: Located,
  open: readonly string[],
  diagnostics: Diagnostic[],
): Located {
  const lookUp = (expression: string): Located | undefined => {
    const name = expression.trim();
    if (!NAME.test(name)) {
      diagnostics.push(error(`"\${${expression}}" is not the name of a variable`, node.span));
      return undefined;
    }
    if (open.includes(name)) {
      const circle = [...open.slice(open.indexOf(name)), name].join(' -> ');
      diagnostics.push(error(`this variable is made from itself: ${circle}`, node.span));
      return undefined;
    }
    const steps = name.replaceAll('[', '.').replaceAll(']', '').split('.');
    const found = nodeAt(scope, steps);
    if (!found) {
      diagnostics.push(error(`no variable is named "${name}"${nearName(scope, steps)}`, node.span));
      return undefined;
    }
    return resolve(found, scope, [...open, name], diagnostics);
  };
  const whole = WHOLE.exec(text);
  if (whole) return lookUp(whole[1]!) ?? { ...node, value: null };
  const value = text.replace(REFERENCE, (reference, expression: string | undefined) => {
    if (expression === undefined) return '${';
    const found = lookUp(expression);
    if (found && found.kind !== 'scalar') {
      diagnostics.push(
        error(`"${reference}" is a ${found.kind}, which can't be part of a text`, node.span),
      );
    }
    return found?.kind === 'scalar' ? String(found.value) : '';
  });
  return { ...node, value };
}

function nearName(scope: Located, steps: readonly string[]): string {
  for (let length = steps.length - 1; length >= 0; length--) {
    const parent = nodeAt(scope, steps.slice(0, length));
    if (parent?.kind === 'map') return didYouMean(steps[length]!, parent.entries.keys());
  }
  return '';
}
