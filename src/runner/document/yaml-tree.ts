/** Reads the nodes of a parsed YAML document into a located tree: resolves aliases and merges, and checks keys. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  visit,
  type Scalar as YamlScalar,
} from 'yaml';
import { type Diagnostic, error } from './diagnostic.ts';
import { type Located, type LocatedEntry, type LocatedScalar, scalarAt } from './located.ts';
import { isExact } from './numbers.ts';
import { REFUSED_KEYS } from './refused-keys.ts';
import type { SourceFile, Span } from './source.ts';
import { isTextToAll } from './write-yaml.ts';
import { DEEPEST, TOO_DEEP } from './yaml-depth.ts';

/**
 * The format of a file whose values are written to another file: texts without quotes, and tags, are kept
 * as written. A key that is not allowed makes its entry faulty, not the file.
 */
export type Verbatim = 'yaml' | 'json';

export function tooDeep(span: Span): Diagnostic {
  const suggestion = 'use fewer levels, or let a stage read it from a file';
  return error(TOO_DEEP, span, { suggestion });
}

/** Anchors can make a short text expand without end (a 'billion laughs'). */
const MOST_NODES = 1_000_000;

/** Alias -> the last node before it with its anchor. `Alias.resolve` would visit the whole document for each. */
function targetsIn(document: Document.Parsed): ReadonlyMap<unknown, ParsedNode> {
  const named = new Map<string, ParsedNode>();
  const targets = new Map<unknown, ParsedNode>();
  visit(document, {
    Node: (_key, node) => {
      const target = isAlias(node) ? named.get(node.source) : undefined;
      if (target) targets.set(node, target);
      else if (!isAlias(node) && node.anchor) named.set(node.anchor, node as ParsedNode);
    },
  });
  return targets;
}

const NO_WORD = 'a key must be a word';

export class TreeReader {
  private readonly document: Document.Parsed;
  private readonly source: SourceFile;
  private readonly place: (start: number, end: number) => Span;
  private readonly diagnostics: Diagnostic[];
  private readonly verbatim: Verbatim | undefined;
  private readonly open = new Set<ParsedNode>();
  private nodes = 0;
  /** Found on demand. */
  private targets: ReadonlyMap<unknown, ParsedNode> | undefined;

  constructor(
    document: Document.Parsed,
    source: SourceFile,
    place: (start: number, end: number) => Span,
    diagnostics: Diagnostic[],
    verbatim: Verbatim | undefined,
  ) {
    this.document = document;
    this.source = source;
    this.place = place;
    this.diagnostics = diagnostics;
    this.verbatim = verbatim;
  }

  read(node: ParsedNode | null, fallback = this.place(0, 0)): Located {
    const span = node?.range ? this.place(node.range[0], node.range[1]) : fallback;
    const nothing: Located = { kind: 'scalar', value: null, span };
    if (node === null) return nothing;
    if (++this.nodes > MOST_NODES) {
      if (this.nodes === MOST_NODES + 1)
        this.report('this document expands to too many values', span);
      return nothing;
    }
    if (this.open.has(node)) return this.refuse('an alias inside its own anchor', span);
    if (this.open.size === DEEPEST) {
      this.diagnostics.push(tooDeep(span));
      return nothing;
    }
    this.open.add(node);
    try {
      if (isAlias(node)) {
        this.targets ??= targetsIn(this.document);
        const target = this.targets.get(node);
        if (!target) return this.refuse(`no anchor is named "${node.source}"`, span);
        return this.read(target, span);
      }
      if (isSeq(node)) {
        const items = node.items.map((item) => this.read(item as ParsedNode, span));
        return { kind: 'list', items, span, ...this.tagOf(node) };
      }
      if (isMap(node)) {
        const entries = this.readEntries(node.items, span);
        return { kind: 'map', entries, span, ...this.tagOf(node) };
      }
      if (isScalar(node)) {
        const { value, text } = this.readScalar(node);
        const written = text === undefined ? {} : { text };
        return { ...scalarAt(value, span, this.source), ...written, ...this.tagOf(node) };
      }
      return this.refuse('this kind of YAML value is not supported here', span);
    } finally {
      this.open.delete(node);
    }
  }

  private readEntries(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    span: Span,
  ): Map<string, LocatedEntry> {
    const entries = new Map<string, LocatedEntry>();
    const merged: LocatedEntry[] = [];
    for (const pair of pairs) {
      const key = pair.key as ParsedNode;
      const keySpan = key?.range ? this.place(key.range[0], key.range[1]) : span;
      const name = this.nameOf(key);
      if (name === undefined) {
        if (this.verbatim) entries.set(`? ${keySpan.start}`, this.faulty(NO_WORD, pair, keySpan));
        else this.report(NO_WORD, keySpan);
        continue;
      }
      if (entries.has(name)) {
        this.report(`duplicate key "${name}"`, keySpan);
        continue;
      }
      if (REFUSED_KEYS.has(name)) {
        const fault = `"${name}" can't be a key`;
        if (this.verbatim) entries.set(name, this.faulty(fault, pair, keySpan));
        else this.report(fault, keySpan);
        continue;
      }
      const value = this.read(pair.value as ParsedNode | null, keySpan);
      const { type } = key as YamlScalar;
      if (name === '<<' && type === 'PLAIN') merged.push({ keySpan, value });
      else if (this.verbatim && type === 'PLAIN' && !isTextToAll(name)) {
        entries.set(name, { keySpan, keyText: name, value });
      } else entries.set(name, { keySpan, value });
    }
    for (const { keySpan, value } of merged) {
      for (const map of value.kind === 'list' ? value.items : [value]) {
        if (map.kind !== 'map') this.report('"<<" must be a map or a list of maps', keySpan);
        else for (const [k, v] of map.entries) if (!entries.has(k)) entries.set(k, v);
      }
    }
    return entries;
  }

  /** Undefined if the key is not a word. */
  private nameOf(key: ParsedNode | null): string | undefined {
    if (!isScalar(key)) return undefined;
    if (key.value !== null && typeof key.value !== 'object' && key.type !== 'PLAIN') {
      return String(key.value);
    }
    // `1.0`, `017` and `on` are used as keys exactly as written.
    const isWord = typeof key.value === 'string' || this.verbatim || key.value !== null;
    return isWord && key.source !== '' ? key.source : undefined;
  }

  private faulty(
    fault: string,
    { value }: { readonly value: unknown },
    keySpan: Span,
  ): LocatedEntry {
    return { keySpan, fault, value: this.read(value as ParsedNode | null, keySpan) };
  }

  private tagOf({ tag }: { tag?: string | undefined }): { tag?: string } {
    return this.verbatim && tag !== undefined ? { tag } : {};
  }

  private readScalar({ value, source, type }: YamlScalar): Pick<LocatedScalar, 'value' | 'text'> {
    const text = source ?? String(value);
    const scalar = (value: LocatedScalar['value'], isWritten: boolean) =>
      isWritten ? { value, text } : { value };
    switch (typeof value) {
      case 'number':
        if (!isExact(value, text)) return scalar(text, true);
        // -0 is 0, here as in keys.
        return scalar(value === 0 ? 0 : value, text !== String(value) || text.includes('e'));
      case 'boolean':
        return scalar(value, text !== String(value));
      case 'string': {
        const isPlain = type === 'PLAIN' && text === value;
        const isKept = this.verbatim === 'json' || (this.verbatim && !isTextToAll(value));
        return scalar(value, isPlain && isKept === true);
      }
      default:
        // Types that only YAML 1.1 has, such as dates.
        return value === null ? scalar(null, false) : scalar(text, true);
    }
  }

  private refuse(message: string, span: Span): Located {
    this.report(message, span);
    return { kind: 'scalar', value: null, span };
  }

  private report(message: string, span: Span): void {
    this.diagnostics.push(error(message, span));
  }
}
