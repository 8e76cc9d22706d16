/**
 * Source files to a `PipelineDocument`: parse, check the shape, lay configurations and settings over
 * the variables, see that variables name each other rightly. All diagnostics at once.
 */
import { fail, ok, type Result } from '../result.ts';
import { check } from './check.ts';
import { type Diagnostic, error } from './diagnostic.ts';
import { interpolate } from './interpolate.ts';
import { type Located, type LocatedMap, nodeAt, toPlain } from './located.ts';
import { overlay, setValue } from './overlay.ts';
import { parseYaml } from './parse-yaml.ts';
import {
  type InputDeclaration,
  type PipelineDocument,
  PipelineSchema,
  type StageDeclaration,
} from './pipeline-document.ts';
import { parseSetting } from './setting.ts';
import type { SourceFile, Span, Spanned } from './source.ts';

export interface DocumentSources {
  readonly pipeline: SourceFile;
  /** Reads a configuration named by the pipeline or the command line; undefined where there is none. */
  readonly readConfig: (path: string, from: 'pipeline' | 'command line') => SourceFile | undefined;
  /** Configurations of the command line, in order; they replace those that the pipeline names. */
  readonly configs: readonly string[];
  /** `PATH=VALUE` texts, laid over everything else in order. */
  readonly settings: readonly string[];
}

export interface DocumentFailure {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceFile[];
}

export function readDocument(given: DocumentSources): Result<PipelineDocument, DocumentFailure> {
  const sources: SourceFile[] = [given.pipeline];
  const diagnostics: Diagnostic[] = [];
  const { root, diagnostics: found } = parseYaml(given.pipeline);
  diagnostics.push(...found);
  const empty: LocatedMap = { kind: 'map', entries: new Map(), span: startOf(given.pipeline) };
  if (!root && found.length === 0) {
    diagnostics.push(error('this pipeline is empty', startOf(given.pipeline)));
  }
  if (root) diagnostics.push(...check(PipelineSchema, root, 'key').diagnostics);
  const declared = root && nodeAt(root, ['vars']);
  let variables: Located = declared?.kind === 'map' ? declared : empty;

  for (const config of configsOf(given, root)) {
    const from = given.configs.length > 0 ? 'command line' : 'pipeline';
    const source = given.readConfig(config.value, from);
    if (!source) {
      diagnostics.push(error(`no configuration is at "${config.value}"`, config.span));
      continue;
    }
    sources.push(source);
    const parsed = parseYaml(source);
    diagnostics.push(...parsed.diagnostics);
    if (!parsed.root) continue;
    const overlaid = overlay(variables, parsed.root);
    variables = overlaid.root;
    diagnostics.push(...overlaid.diagnostics);
  }
  for (const text of given.settings) {
    const setting = parseSetting(text);
    sources.push(setting.ok ? setting.value.source : setting.error.source);
    const set = setting.ok
      ? setValue(variables, setting.value)
      : { root: variables, diagnostics: setting.error.diagnostics };
    variables = set.root;
    diagnostics.push(...set.diagnostics);
  }
  if (diagnostics.length > 0 || !root) return fail({ diagnostics, sources });

  // Variables stay as written, since what is resolved twice would lose its escapes.
  diagnostics.push(...interpolate(variables, variables).diagnostics);
  const stages = new Map<string, StageDeclaration>();
  const declaredStages = nodeAt(root, ['stages']) as LocatedMap;
  for (const [name, entry] of declaredStages.entries) {
    diagnostics.push(...checkName(name, entry.keySpan));
    const { stage, diagnostics: more } = readStage(name, entry.keySpan, entry.value as LocatedMap);
    stages.set(name, stage);
    diagnostics.push(...more);
  }
  if (declaredStages.entries.size === 0) {
    diagnostics.push(error('this pipeline has no stages', declaredStages.span));
  }
  if (diagnostics.length > 0) return fail({ diagnostics, sources });
  return ok({ stages, variables: variables as LocatedMap, sources });
}

function startOf(source: SourceFile): Span {
  return { file: source.path, start: 0, end: 1, line: 1, column: 1 };
}

function configsOf(given: DocumentSources, root: Located | undefined): Spanned<string>[] {
  if (given.configs.length > 0) {
    return given.configs.map((value) => ({
      value,
      span: { file: `--config ${value}`, start: 0, end: value.length, line: 1, column: 1 },
    }));
  }
  const named = root && nodeAt(root, ['config']);
  const nodes = named?.kind === 'list' ? named.items : named ? [named] : [];
  return nodes.map((node) => ({ value: String(toPlain(node)), span: node.span }));
}

function checkName(name: string, span: Span): Diagnostic[] {
  if (/^[A-Za-z_][\w-]*$/.test(name)) return [];
  const suggestion = 'a name is made of letters, digits, "-" and "_", and begins with a letter';
  return [error(`"${name}" can't name a stage`, span, { suggestion })];
}

function readStage(
  name: string,
  nameSpan: Span,
  node: LocatedMap,
): { stage: StageDeclaration; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const get = (key: string) => node.entries.get(key)?.value;
  const text = (value: Located): Spanned<string> => ({
    value: String(toPlain(value)),
    span: value.span,
  });
  const matrix = get('matrix');
  const each = get('each');
  if (matrix && each) {
    diagnostics.push(
      error('a stage has a "matrix" or an "each", not both', node.entries.get('each')!.keySpan),
    );
  }
  const inputs = new Map<string, InputDeclaration>();
  const declared = get('inputs');
  if (declared?.kind === 'map') {
    for (const [port, { keySpan, value }] of declared.entries) {
      const references = value.kind === 'list' ? value.items.map(text) : [text(value)];
      inputs.set(port, { keySpan, references });
    }
  }
  const products = matrix?.kind === 'list' ? matrix.items : matrix ? [matrix] : [];
  const stage: StageDeclaration = {
    name,
    nameSpan,
    uses: text(get('uses')!),
    matrix: products as readonly LocatedMap[],
    ...(each && { each: text(each) }),
    parameters: get('with') ?? { kind: 'map', entries: new Map(), span: nameSpan },
    inputs,
  };
  return { stage, diagnostics };
}
