/**
 * Reads source files into a `PipelineDocument`: parses them, checks the shape, applies configurations and
 * settings to the variables, and checks the references between variables. Reports all problems at once.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { check } from './check.ts';
import { type Diagnostic, error } from './diagnostic.ts';
import { withEnvironment } from './environment.ts';
import { joined, readIncluded } from './include.ts';
import { interpolate } from './interpolate.ts';
import { type Located, type LocatedMap, nodeAt } from './located.ts';
import { namedBackend } from './named-backend.ts';
import { namedCache } from './named-cache.ts';
import { namedConfigs } from './named-configs.ts';
import { overlay, setValue } from './overlay.ts';
import { parseYaml } from './parse-yaml.ts';
import {
  type PipelineDocument,
  PipelineSchema,
  type StageDeclaration,
} from './pipeline-document.ts';
import { checkProfiles, PROFILES } from './profiles.ts';
import { readStage } from './read-stage.ts';
import { parseSetting } from './setting.ts';
import type { SourceFile, Span } from './source.ts';
import { didYouMean } from './suggest.ts';
import { takeKey } from './taken-key.ts';

export interface DocumentSources {
  readonly pipeline: SourceFile;
  /** Reads a configuration named by the pipeline or the command line; undefined if it does not exist. */
  readonly readConfig: (path: string, from: 'pipeline' | 'command line') => SourceFile | undefined;
  /** The names of the files in its folder, for a suggestion. */
  readonly filesBeside?: (path: string, from: 'pipeline' | 'command line') => readonly string[];
  /** Configurations of the command line, in order; they replace those that the pipeline names. */
  readonly configs: readonly string[];
  /** `PATH=VALUE` texts, applied last, in this order. */
  readonly settings: readonly string[];
  /** The values of `${env.NAME}`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called with the name of each environment variable that is read. */
  readonly onVariable?: ((name: string) => void) | undefined;
}

export interface DocumentFailure {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceFile[];
}

export function readDocument(given: DocumentSources): Result<PipelineDocument, DocumentFailure> {
  const sources: SourceFile[] = [given.pipeline];
  const diagnostics: Diagnostic[] = [];
  const { root, diagnostics: found } = parseYaml(given.pipeline);
  for (const one of found) diagnostics.push(one);
  const shape = root ? check(PipelineSchema, root, 'key').diagnostics : [];
  for (const one of shape) diagnostics.push(one);
  if (!root && found.length === 0) {
    diagnostics.push(error('this pipeline is empty', startOf(given.pipeline)));
  }
  const included = root ? readIncluded(root, given, sources) : { roots: [], diagnostics: [] };
  for (const one of included.diagnostics) diagnostics.push(one);
  const roots = [...(root ? [root] : []), ...included.roots];
  const vars = joined(
    'variable',
    roots.map((one) => nodeAt(one, ['vars'])),
    startOf(given.pipeline),
  );
  const declaredStages = joined(
    'stage',
    roots.map((one) => nodeAt(one, ['stages'])),
    startOf(given.pipeline),
  );
  diagnostics.push(...vars.diagnostics, ...declaredStages.diagnostics);
  let variables: Located = vars.map;
  let { backend } = namedBackend(root && nodeAt(root, ['backend']));
  for (const one of namedCache(root).diagnostics) diagnostics.push(one);

  const configs = namedConfigs(given.configs, root);
  for (const config of configs.paths) {
    const source = given.readConfig(config.value, configs.from);
    if (!source) {
      const [, folder = '', name = ''] = /^(.*\/)?(.*)$/s.exec(config.value) ?? [];
      const names = given.filesBeside?.(config.value, configs.from) ?? [];
      const hint = didYouMean(name, names, (near) => folder + near);
      diagnostics.push(error(`no configuration at "${config.value}"${hint}`, config.span));
      continue;
    }
    sources.push(source);
    const parsed = parseYaml(source);
    for (const one of parsed.diagnostics) diagnostics.push(one);
    if (!parsed.root) continue;
    const profiles = takeKey(PROFILES, parsed.root, vars.map);
    const { taken, rest } = takeKey('backend', profiles.rest, vars.map);
    const named = namedBackend(taken);
    backend = named.backend ?? backend;
    const overlaid = overlay(variables, rest);
    variables = overlaid.root;
    diagnostics.push(...named.diagnostics, ...checkProfiles(profiles.taken));
    diagnostics.push(...overlaid.diagnostics);
  }
  for (const text of given.settings) {
    const setting = parseSetting(text);
    sources.push(setting.ok ? setting.value.source : setting.error.source);
    const set = setting.ok
      ? setValue(variables, setting.value)
      : { root: variables, diagnostics: setting.error.diagnostics };
    variables = set.root;
    for (const one of set.diagnostics) diagnostics.push(one);
  }
  const stages = new Map<string, StageDeclaration>();
  for (const [name, { keySpan, value }] of declaredStages.map.entries) {
    // The check of the shape has already reported this.
    if (value.kind !== 'map') continue;
    const { stage, diagnostics: more } = readStage(name, keySpan, value);
    stages.set(name, stage);
    for (const one of more) diagnostics.push(one);
  }
  if (diagnostics.length > 0 || !root) return fail({ diagnostics, sources });

  const scope = withEnvironment(variables as LocatedMap, given.environment, given.onVariable);
  // The document keeps the unresolved variables: resolving twice would lose escapes.
  for (const one of interpolate(variables, scope).diagnostics) diagnostics.push(one);
  if (stages.size === 0) {
    diagnostics.push(error('this pipeline has no stages', declaredStages.map.span));
  }
  if (diagnostics.length > 0) return fail({ diagnostics, sources });
  return ok({ stages, variables: scope, sources, ...(backend && { backend }) });
}

function startOf(source: SourceFile): Span {
  return { file: source.path, start: 0, end: 1, line: 1, column: 1 };
}
