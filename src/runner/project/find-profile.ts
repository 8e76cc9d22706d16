/**
 * Finds a profile by its name: in the last configuration that declares it, else in the pipeline,
 * else in the file `profiles/NAME.yaml`. It is not part of the plan, which does not depend on it.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { type Located, nodeAt } from '../document/located.ts';
import { namedConfigs } from '../document/named-configs.ts';
import { parseYaml } from '../document/parse-yaml.ts';
import type { ReadProfile } from '../document/profile-schema.ts';
import { PROFILES, plainProfile, profilesIn, readProfile } from '../document/profiles.ts';
import type { SourceFile, Span } from '../document/source.ts';
import { didYouMean } from '../document/suggest.ts';
import type { Profile } from '../execution/profile.ts';
import type { Pipeline } from '../graph/pipeline.ts';
import { parseSelector } from '../graph/selector.ts';
import { selectStages } from '../graph/targets.ts';
import type { BadInput, Project, Selection } from './project.ts';

export interface FoundProfile {
  readonly profile: Profile;
  /** The place of each of its `local` stages. */
  readonly localSpans: readonly Span[];
}

/** For a cluster without a profile. */
export const defaultProfile: FoundProfile = { profile: profileOf(plainProfile()), localSpans: [] };

export function findProfile(
  { readPipeline, readConfig }: Pick<Project, 'readPipeline' | 'readConfig'>,
  { configs }: Pick<Selection, 'configs'>,
  name: string,
): Result<FoundProfile, BadInput> {
  const pipeline = parsed(readPipeline());
  const named = namedConfigs(configs, pipeline?.root);
  const overlays = named.paths.map(({ value }) => parsed(readConfig(value, named.from)));
  const documents = [pipeline, ...overlays].flatMap((document) => document ?? []);
  const declared = documents.flatMap((document) => {
    const root = profilesIn(document.root).get(name)?.value;
    return root ? [{ ...document, root }] : [];
  });
  const path = FILE_NAME.test(name) ? `profiles/${name}.yaml` : undefined;
  const file = path === undefined ? undefined : () => parsed(readConfig(path, 'pipeline'));
  const found = declared.at(-1) ?? file?.();
  if (found) return profileIn(found);
  const known = [...new Set(documents.flatMap(({ root }) => [...profilesIn(root).keys()]))];
  const list = known.length > 0 ? `; known: ${known.join(', ')}` : '';
  const message = `no profile is named "${name}"${didYouMean(name, known)}${list}`;
  const orFile = path === undefined ? '' : `, or write ${path}`;
  const suggestion = `declare it under "${PROFILES}" in the pipeline${orFile}`;
  return fail({ diagnostics: [error(message, undefined, { suggestion })], sources: [] });
}

const FILE_NAME = /^\w[\w.-]*$/;

interface Parsed {
  readonly source: SourceFile;
  readonly root: Located | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

function parsed(source: SourceFile | undefined): Parsed | undefined {
  return source && { source, ...parseYaml(source) };
}

function profileIn({ source, root, diagnostics: found }: Parsed): Result<FoundProfile, BadInput> {
  const diagnostics = [...found];
  const read = root && readProfile(root);
  if (read && !read.ok) diagnostics.push(...read.error);
  if (!root && found.length === 0) {
    const start = { file: source.path, start: 0, end: 1, line: 1, column: 1 };
    diagnostics.push(error('this profile is empty', start));
  }
  const local = root && nodeAt(root, ['local']);
  const localSpans = local?.kind === 'list' ? local.items.map(({ span }) => span) : [];
  for (const [i, text] of (read?.ok ? read.value.local : []).entries()) {
    const selector = parseSelector(text);
    if (selector && selector.port === undefined) continue;
    const message = `"${text}" is not a stage; write NAME or NAME[axis=value,...]`;
    diagnostics.push(error(message, localSpans[i]));
  }
  if (diagnostics.length > 0 || !read?.ok) return fail({ diagnostics, sources: [source] });
  return ok({ profile: profileOf(read.value), localSpans });
}

function profileOf({ partition, account, wrap, ...rest }: ReadProfile): Profile {
  const { gpu, other } = partition;
  return {
    ...rest,
    partition: { ...(gpu !== undefined && { gpu }), ...(other !== undefined && { other }) },
    ...(account !== undefined && { account }),
    ...(wrap !== undefined && { wrap }),
  };
}

/**
 * Warnings about `local` stages that do not exist. With targets, the plan does not have all stages,
 * so nothing is known about the others.
 */
export function unknownLocalStages(
  { profile: { local }, localSpans }: FoundProfile,
  pipeline: Pipeline,
  { targets }: Pick<Selection, 'targets'>,
): readonly Diagnostic[] {
  if (targets.length > 0) return [];
  return local.flatMap((text, i) => {
    const selected = selectStages(pipeline, text);
    if (selected.ok) return [];
    const span = localSpans[i];
    const message = `"local" of the profile: ${selected.error}`;
    return [{ severity: 'warning', message, ...(span && { span }) }];
  });
}
