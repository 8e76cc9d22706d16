/**
 * YAML text to a located tree, with every problem of the text as a diagnostic.
 *
 * Does not know what the document is about; that is `read-document`.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type YAMLParseError,
} from 'yaml';
import { type Diagnostic, error } from './diagnostic.ts';
import { type Located, type LocatedEntry, scalarAt } from './located.ts';
import { packTree, unpackTree } from './packed-tree.ts';
import type { SourceFile, Span } from './source.ts';
import { DEEPEST, firstTooDeep, TOO_DEEP } from './yaml-depth.ts';

export interface ParsedYaml {
  /** Undefined where the text is empty or not YAML at all. */
  readonly root: Located | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Keeps the bytes of parsed trees by path and text; what it gives back is what was put. */
export interface ParsedTexts {
  get(path: string, text: string): Uint8Array | undefined;
  put(path: string, text: string, bytes: Uint8Array): void;
}

/**
 * As `parseYaml` and `check` after it, but a text without problems is parsed and checked once: what is
 * kept is the tree of a document that both found well.
 */
export function parseYamlOnce(
  source: SourceFile,
  kept: ParsedTexts | undefined,
  check: (root: Located) => readonly Diagnostic[] = () => [],
): ParsedYaml {
  const bytes = kept?.get(source.path, source.text);
  const known = bytes && unpackTree(bytes, source);
  if (known) return { root: known, diagnostics: [] };
  const parsed = parseYaml(source);
  const found = parsed.root ? check(parsed.root) : [];
  if (parsed.root && found.length === 0) kept?.put(source.path, source.text, packTree(parsed.root));
  return { root: parsed.root, diagnostics: [...parsed.diagnostics, ...found] };
}

export function parseYaml(source: SourceFile): ParsedYaml {
  const lineCounter = new LineCounter();
  // That keys are told apart is done here: the library compares each with each.
  const options = { lineCounter, prettyErrors: false, uniqueKeys: false };
  const document = parseDocument(source.text, options);
  const place = (start: number, end: number): Span => {
    const { line, col } = lineCounter.linePos(start);
    return { file: source.path, start, end, line: Math.max(1, line), column: Math.max(1, col) };
  };
  // The library ran out of stack.
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) {
    const start = firstTooDeep(source.text) ?? 0;
    return { root: undefined, diagnostics: [tooDeep(place(start, start + 1))] };
  }
  const diagnostics = document.errors
    .slice(0, MOST_ERRORS)
    .map((problem) => describe(problem, place(...problem.pos)));
  if (diagnostics.length > 0 || document.contents === null) return { root: undefined, diagnostics };
  const reader = new TreeReader(document, source, place, diagnostics);
  const root = reader.read(document.contents);
  return { root: diagnostics.length > 0 ? undefined : root, diagnostics };
}

/** Where one sign is wrong, all that follows is as a rule: the first say what it is. */
const MOST_ERRORS = 3;

function describe({ code, message }: YAMLParseError, span: Span): Diagnostic {
  if (code !== 'MULTIPLE_DOCS') return error(firstSentence(message), span);
  const suggestion = 'take the "---" out, or move what follows it into a file of its own';
  return error('a second YAML document begins here, and only one per file is read', span, {
    suggestion,
  });
}

function tooDeep(span: Span): Diagnostic {
  const suggestion = 'write it with fewer levels, or let a stage read it from a file';
  return error(TOO_DEEP, span, { suggestion });
}

function firstSentence(message: string): string {
  return message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
}

/** Anchors can make a short text expand without end (a 'billion laughs'). */
const MOST_NODES = 1_000_000;

/** Names that every object of JavaScript has: a schema would pass over them. */
const REFUSED = new Set(['__proto__', 'constructor', 'prototype']);

class TreeReader {
  private readonly document: Document.Parsed;
  private readonly source: SourceFile;
  private readonly place: (start: number, end: number) => Span;
  private readonly diagnostics: Diagnostic[];
  private readonly open = new Set<ParsedNode>();
  private nodes = 0;

  constructor(
    document: Document.Parsed,
    source: SourceFile,
    place: (start: number, end: number) => Span,
    diagnostics: Diagnostic[],
  ) {
    this.document = document;
    this.source = source;
    this.place = place;
    this.diagnostics = diagnostics;
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
        const target = node.resolve(this.document) as ParsedNode | undefined;
        if (!target) return this.refuse(`no anchor is named "${node.source}"`, span);
        return this.read(target, span);
      }
      if (isSeq(node)) {
        const items = node.items.map((item) => this.read(item as ParsedNode, span));
        return { kind: 'list', items, span };
      }
      if (isMap(node)) return { kind: 'map', entries: this.readEntries(node.items, span), span };
      if (isScalar(node)) return this.readScalar(node.value, span);
      return this.refuse('this kind of YAML value has no meaning here', span);
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
      if (!isScalar(key) || key.value === null || typeof key.value === 'object') {
        this.report('a key must be a word', keySpan);
        continue;
      }
      const name = String(key.value);
      const value = this.read(pair.value as ParsedNode | null, keySpan);
      if (REFUSED.has(name)) this.report(`"${name}" can't be a key`, keySpan);
      else if (name === '<<') merged.push({ keySpan, value });
      else if (entries.has(name)) this.report(`"${name}" is given a second time here`, keySpan);
      else entries.set(name, { keySpan, value });
    }
    for (const { keySpan, value } of merged) {
      for (const map of value.kind === 'list' ? value.items : [value]) {
        if (map.kind !== 'map') this.report('"<<" takes a map or a list of maps', keySpan);
        else for (const [k, v] of map.entries) if (!entries.has(k)) entries.set(k, v);
      }
    }
    return entries;
  }

  private readScalar(value: unknown, span: Span): Located {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      return this.refuse('only finite numbers can be used', span);
    }
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
      // -0 is 0, here as in keys.
      const scalar = value === 0 ? 0 : (value as string | number | boolean | null);
      return scalarAt(scalar, span, this.source);
    }
    return this.refuse('this kind of YAML value has no meaning here', span);
  }

  private refuse(message: string, span: Span): Located {
    this.report(message, span);
    return { kind: 'scalar', value: null, span };
  }

  private report(message: string, span: Span): void {
    this.diagnostics.push(error(message, span));
  }
}
