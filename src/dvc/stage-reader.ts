/** One stage as DVC would run it: its commands, paths and parameters, with all references resolved. */
import { type Located, type LocatedMap, type Span, toPlain } from '../runner/index.ts';
import type { DvcStage } from './dvc-file.ts';
import type { Findings } from './findings.ts';
import type { Iteration } from './instances.ts';
import { joinPath } from './path.ts';
import type { Resolver, Scope } from './resolver.ts';
import { plainText, type Text } from './text.ts';
import { defaultParams, type VariableReader, type Variables } from './variables.ts';

export interface DvcInstance {
  readonly stage: DvcStage;
  readonly iteration: Iteration;
  /** DVC's name, such as `build@win-3.7`. */
  readonly name: string;
  readonly commands: readonly Text[];
  /** Whether the commands are a list. */
  readonly isList: boolean;
  readonly wdir: Text | undefined;
  readonly description: Text | undefined;
  readonly deps: readonly DvcPath[];
  readonly outs: readonly DvcOut[];
  readonly params: readonly DvcParams[];
}

export interface DvcPath {
  readonly text: Text;
  readonly wdir: Text | undefined;
  /** Relative to the folder of dvc.yaml. */
  readonly path: string;
}

export interface DvcOut extends DvcPath {
  readonly role: 'outs' | 'metrics' | 'plots' | 'live';
  readonly flags: LocatedMap | undefined;
}

export interface DvcParams extends DvcPath {
  /** Undefined if the whole file is a dependency. */
  readonly keys: readonly Text[] | undefined;
}

export class StageReader {
  private readonly resolver: Resolver;
  private readonly variables: VariableReader;
  private readonly globals: Variables;
  private readonly findings: Findings;

  constructor(
    resolver: Resolver,
    variables: VariableReader,
    globals: Variables,
    findings: Findings,
  ) {
    this.resolver = resolver;
    this.variables = variables;
    this.globals = globals;
    this.findings = findings;
  }

  /** Undefined if a reference can't be resolved, which is reported. */
  read(stage: DvcStage, iteration: Iteration): DvcInstance | undefined {
    const { body } = stage;
    const outer: Scope = { variables: this.globals.root, items: iteration.items };
    const wdirNode = body.entries.get('wdir')?.value;
    const wdir = wdirNode && this.resolver.text(wdirNode, outer, 'path');
    if (wdirNode && !wdir) return undefined;
    const scope = this.scopeOf(stage, iteration, wdir);
    const wanted: Promised = { failed: false };
    const text = (node: Located, role: 'command' | 'path' | 'other'): Text => {
      const found = this.resolver.text(node, scope, role);
      if (!found) wanted.failed = true;
      return found ?? plainText('', node.span);
    };
    const key = (name: string, span: Span): Text => {
      const found = this.resolver.template(name, span, scope, 'path');
      if (!found) wanted.failed = true;
      return found ?? plainText('', span);
    };
    const at = (path: Text): DvcPath => ({
      text: path,
      wdir,
      path: joinPath(wdir?.text ?? '', path.text),
    });
    const cmd = body.entries.get('cmd')!.value;
    const desc = body.entries.get('desc')?.value;
    const instance: DvcInstance = {
      stage,
      iteration,
      name: iteration.key === undefined ? stage.name : `${stage.name}@${iteration.key}`,
      commands: listOf(cmd).map((node) => text(node, 'command')),
      isList: cmd.kind === 'list',
      wdir: wdir && joinPath('', wdir.text) !== '' ? wdir : undefined,
      description: desc && text(desc, 'other'),
      deps: listOf(body.entries.get('deps')?.value).map((node) => at(text(node, 'path'))),
      outs: readOuts(
        body,
        (node) => at(text(node, 'path')),
        (name, span) => at(key(name, span)),
      ),
      params: readParams(body, text, key, at),
    };
    return wanted.failed ? undefined : instance;
  }

  private scopeOf(stage: DvcStage, iteration: Iteration, wdir: Text | undefined): Scope {
    const vars = stage.body.entries.get('vars')?.value;
    if (vars?.kind !== 'list') return { variables: this.globals.root, items: iteration.items };
    const local = this.variables.added(this.globals, vars.items, wdir?.text ?? '');
    for (const name of iteration.items.keys()) {
      const set = local.root.entries.get(name);
      if (set === undefined || set === this.globals.root.entries.get(name)) continue;
      const instead = 'the value of the iteration is used';
      this.findings.fault(`this stage iterates over "${name}"`, set.keySpan, instead);
    }
    return { variables: local.root, items: iteration.items };
  }
}

interface Promised {
  failed: boolean;
}

function listOf(node: Located | undefined): readonly Located[] {
  return node?.kind === 'list' ? node.items : node ? [node] : [];
}

/** In DVC's order. Metrics and plots are outputs too, and so is the folder of DVC 2's `live`. */
function readOuts(
  body: LocatedMap,
  fromText: (node: Located) => DvcPath,
  fromKey: (name: string, span: Span) => DvcPath,
): DvcOut[] {
  const outs: DvcOut[] = [];
  for (const role of ['outs', 'metrics', 'plots', 'live'] as const) {
    for (const item of listOf(body.entries.get(role)?.value)) {
      if (item.kind !== 'map') outs.push({ ...fromText(item), role, flags: undefined });
      else {
        for (const [name, { keySpan, value }] of item.entries) {
          const flags = value.kind === 'map' ? value : undefined;
          outs.push({ ...fromKey(name, keySpan), role, flags });
        }
      }
    }
  }
  return outs;
}

/** By file; a file that is named without values counts as a whole. */
function readParams(
  body: LocatedMap,
  text: (node: Located, role: 'other') => Text,
  key: (name: string, span: Span) => Text,
  at: (path: Text) => DvcPath,
): DvcParams[] {
  const byPath = new Map<string, DvcParams>();
  const add = (file: Text, keys: readonly Text[] | undefined): void => {
    const path = at(file);
    const known = byPath.get(path.path);
    const whole = keys === undefined || (known !== undefined && known.keys === undefined);
    const all = whole ? undefined : [...(known?.keys ?? []), ...keys];
    byPath.set(path.path, { ...(known ?? path), keys: all });
  };
  for (const item of listOf(body.entries.get('params')?.value)) {
    if (item.kind !== 'map') add(plainText(defaultParams, item.span), [text(item, 'other')]);
    else {
      for (const [name, { keySpan, value }] of item.entries) {
        const keys = listOf(value).filter((node) => toPlain(node) !== null);
        const file = key(name, keySpan);
        add(file, keys.length > 0 ? keys.map((node) => text(node, 'other')) : undefined);
      }
    }
  }
  return [...byPath.values()];
}
