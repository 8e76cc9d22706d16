/**
 * Resolves references in texts of dvc.yaml as DVC does. It keeps the names of the values, so that the texts can be
 * written with variables again.
 */
import { shellQuoted } from '../base/shell-quoted.ts';
import {
  didYouMean,
  type Located,
  type LocatedEntry,
  type LocatedMap,
  type LocatedScalar,
  nodeAt,
  type Span,
  textOf,
} from '../runner/index.ts';
import { parseTemplate } from './expression.ts';
import type { Findings } from './findings.ts';
import { pythonText } from './python-text.ts';
import type { Text, TextPiece } from './text.ts';

export interface Scope {
  readonly variables: LocatedMap;
  /** `item` and `key` of a `foreach` or `matrix`; they hide variables of these names. */
  readonly items: ReadonlyMap<string, Located>;
}

/** The kind of a text: a command can take a map as options, a path must be exactly the same. */
export type Role = 'command' | 'path' | 'other';

/** Valid names of references in `pipeline.yaml`. DVC allows more. */
const OUR_NAME = /^(?!(?:matrix|env)(?:\.|$))[A-Za-z_][\w-]*(?:\.[\w-]+)*$/;

export class Resolver {
  /** Variables in paths whose values Python writes differently. */
  readonly exactVariables = new Set<string>();
  private readonly names: ReadonlyMap<Located, string>;
  private readonly dvcFile: string;
  private readonly findings: Findings;

  constructor(globals: LocatedMap, dvcFile: string, findings: Findings) {
    this.names = namesIn(globals);
    this.dvcFile = dvcFile;
    this.findings = findings;
  }

  /** Undefined if a reference can't be resolved, which is reported. */
  text(node: Located, scope: Scope, role: Role): Text | undefined {
    if (node.kind !== 'scalar') return undefined;
    if (typeof node.value !== 'string') {
      const text = pythonText(node);
      return { text, pieces: [{ text }], span: node.span };
    }
    return this.template(node.value, node.span, scope, role);
  }

  template(template: string, span: Span, scope: Scope, role: Role): Text | undefined {
    const parsed = parseTemplate(template);
    if (!parsed.ok) {
      this.reportBadName(parsed.error, span);
      return undefined;
    }
    const pieces: TextPiece[] = [];
    for (const piece of parsed.value) {
      if (piece.kind === 'text') {
        pieces.push({ text: piece.text });
        continue;
      }
      const found = this.lookUp(piece.path, scope, span);
      if (!found) return undefined;
      if (found.kind === 'scalar') {
        pieces.push(this.piece(found, piece.path.join('.'), role, scope.items.has(piece.path[0]!)));
      } else if (found.kind === 'map' && role === 'command') {
        const item = scope.items.has(piece.path[0]!) ? { item: piece.path.join('.') } : {};
        const options = this.options(found, '', span);
        if (!options) return undefined;
        if (item.item) pieces.push({ text: options.map(({ text }) => text).join(''), ...item });
        else pieces.push(...options);
      } else {
        const name = piece.path.join('.');
        const message = `"\${${name}}" is a ${found.kind}, which can't be part of a text`;
        this.findings.fault(message, span, 'this stage is omitted');
        return undefined;
      }
    }
    return { text: pieces.map(({ text }) => text).join(''), pieces, span };
  }

  /** A tree with its references replaced by the nodes that they name, for `foreach` and `matrix`. */
  tree(node: Located, scope: Scope): Located | undefined {
    switch (node.kind) {
      case 'scalar': {
        if (typeof node.value !== 'string') return node;
        const parsed = parseTemplate(node.value);
        const only = parsed.ok && parsed.value.length === 1 ? parsed.value[0] : undefined;
        if (only?.kind === 'reference') return this.lookUp(only.path, scope, node.span);
        const text = this.text(node, scope, 'other');
        return text && { ...node, value: text.text };
      }
      case 'list': {
        const items = node.items.map((item) => this.tree(item, scope));
        if (items.includes(undefined)) return undefined;
        return { ...node, items: items as Located[] };
      }
      case 'map': {
        const entries = new Map<string, LocatedEntry>();
        for (const [key, entry] of node.entries) {
          const value = this.tree(entry.value, scope);
          if (!value) return undefined;
          entries.set(key, { ...entry, value });
        }
        return { ...node, entries };
      }
    }
  }

  /** The name of this value among the global variables. */
  nameOf(node: Located): string | undefined {
    const name = this.names.get(node);
    return name !== undefined && OUR_NAME.test(name) ? name : undefined;
  }

  textOf(node: LocatedScalar): string {
    return pythonText(node);
  }

  private lookUp(path: readonly string[], scope: Scope, span: Span): Located | undefined {
    const [first = '', ...rest] = path;
    const item = scope.items.get(first);
    const found = item ? nodeAt(item, rest) : nodeAt(scope.variables, path);
    if (found) return found;
    const suggestion = /^[A-Z_][A-Z0-9_]*$/.test(first)
      ? `for a shell variable, write \\\${${first}}`
      : 'DVC reads params.yaml and the files under "vars"';
    const name = path.join('.');
    const message = `there is no value "${name}"${nearName(path, scope)}`;
    this.findings.fault(message, span, 'this stage is omitted', { suggestion });
    return undefined;
  }

  /** `name` is the name in the text. The name of the global variable is preferred. */
  private piece(node: LocatedScalar, name: string, role: Role, isItem = false): TextPiece {
    const text = pythonText(node);
    const item = isItem ? { item: name } : {};
    const isOutside = node.span.file !== this.dvcFile;
    const origin = isOutside ? { origin: this.names.get(node) ?? name } : {};
    const variable = this.nameOf(node);
    // A program may look for the text of Python's None. 1e-7 and 1e-07 are the same number.
    const isFixed = node.value === null || text.includes('${');
    if (variable === undefined || isFixed) return { text, ...item, ...origin };
    const plain = textOf(node);
    if (plain === text) return { text, variable, ...item, ...origin };
    if (role === 'path') this.exactVariables.add(variable);
    return { text, variable, plain, ...item, ...origin };
  }

  /** A map in a command: `--key value` for each of its values, as DVC does without a configuration. */
  private options(map: LocatedMap, prefix: string, span: Span): TextPiece[] | undefined {
    const pieces: TextPiece[] = [];
    for (const [key, { value }] of map.entries) {
      const name = `${prefix}${key}`;
      const before = pieces.length > 0 ? ' ' : '';
      if (value.kind === 'map') {
        const inner = this.options(value, `${name}.`, span);
        if (!inner) return undefined;
        if (inner.length > 0 && before) pieces.push({ text: before });
        pieces.push(...inner);
        continue;
      }
      const values = value.kind === 'list' ? value.items : [value];
      if (values.some((one) => one.kind !== 'scalar')) {
        const message = `a list inside the list "${name}" can't be passed as command options`;
        this.findings.fault(message, span, 'this stage is omitted');
        return undefined;
      }
      if (value.kind === 'scalar' && typeof value.value === 'boolean') {
        const origin = this.piece(value, name, 'command').origin;
        const text = value.value ? `${before}--${name}` : '';
        pieces.push({ text, ...(origin !== undefined && { origin }) });
        continue;
      }
      if (values.length > 0) pieces.push({ text: `${before}--${name}` });
      for (const one of values as readonly LocatedScalar[]) {
        pieces.push({ text: ' ' }, ...this.quoted(one, name));
      }
    }
    return pieces;
  }

  /** A value as one shell word. A variable that is a text is always quoted. */
  private quoted(node: LocatedScalar, name: string): TextPiece[] {
    const piece = this.piece(node, name, 'command');
    if (typeof node.value === 'boolean') {
      return [{ ...piece, text: node.value ? 'True' : 'False', plain: piece.text }];
    }
    if (typeof node.value !== 'string' || node.text !== undefined) return [piece];
    const { variable, ...rest } = piece;
    const text = shellQuoted(node.value);
    if (variable === undefined || node.value.includes("'")) return [{ ...rest, text }];
    return [{ ...piece, text, quote: "'" }];
  }

  private reportBadName(expression: string, span: Span): void {
    const suggestion =
      expression.includes(' ') || expression === '${}'
        ? 'for a shell expression, write \\${...}'
        : 'write ${name}, ${name.part} or ${name[part]}';
    const message = `"${expression}" is not a valid name of a value`;
    this.findings.fault(message, span, 'this stage is omitted', { suggestion });
  }
}

function nearName(path: readonly string[], { variables, items }: Scope): string {
  const first = items.get(path[0]!);
  for (let length = path.length - 1; length >= 0; length--) {
    const head = path.slice(0, length);
    const parent = first && length > 0 ? nodeAt(first, head.slice(1)) : nodeAt(variables, head);
    if (parent?.kind !== 'map') continue;
    const named = [...parent.entries.keys()].map((key) => [...head, key].join('.'));
    return didYouMean([...head, path[length]].join('.'), named);
  }
  return '';
}

function namesIn(root: LocatedMap): Map<Located, string> {
  const names = new Map<Located, string>();
  const visit = (node: Located, name: string): void => {
    names.set(node, name);
    if (node.kind === 'map') {
      for (const [key, { value }] of node.entries)
        visit(value, name === '' ? key : `${name}.${key}`);
    } else if (node.kind === 'list') {
      for (const [index, item] of node.items.entries()) visit(item, `${name}.${index}`);
    }
  };
  visit(root, '');
  return names;
}
