/** Several files as one pipeline: the stages and variables of all files that it includes, recursively. */
import { check } from './check.ts';
import { type Diagnostic, error } from './diagnostic.ts';
import { type Located, type LocatedEntry, type LocatedMap, nodeAt, toPlain } from './located.ts';
import { parseYaml } from './parse-yaml.ts';
import { PipelineSchema } from './pipeline-document.ts';
import { formatPlace, type SourceFile, type Span } from './source.ts';

export interface Included {
  /** The trees of the included files, in the order in which the files are named. */
  readonly roots: readonly Located[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface IncludeSources {
  readonly pipeline: SourceFile;
  readonly readConfig: (path: string, from: 'pipeline') => SourceFile | undefined;
}

/** In all files, paths are relative to the pipeline's folder. A file that is named twice is read once. */
export function readIncluded(
  root: Located,
  given: IncludeSources,
  sources: SourceFile[],
): Included {
  const diagnostics: Diagnostic[] = [];
  const roots: Located[] = [];
  const seen = new Set([given.pipeline.path]);
  const open = namesIn(root);
  for (let name = open.shift(); name; name = open.shift()) {
    const source = given.readConfig(String(toPlain(name)), 'pipeline');
    if (!source) {
      diagnostics.push(error(`could not read a pipeline at "${toPlain(name)}"`, name.span));
      continue;
    }
    if (seen.has(source.path)) continue;
    seen.add(source.path);
    sources.push(source);
    const parsed = parseYaml(source);
    for (const one of parsed.diagnostics) diagnostics.push(one);
    if (!parsed.root) continue;
    const checked = check(PipelineSchema, parsed.root, 'key');
    for (const key in ELSEWHERE) {
      const node = nodeAt(parsed.root, [key]);
      if (!node) continue;
      const suggestion = `name it in ${given.pipeline.path}, or ${ELSEWHERE[key]}`;
      diagnostics.push(error(`an included file can't have "${key}"`, node.span, { suggestion }));
    }
    for (const one of checked.diagnostics) diagnostics.push(one);
    if (checked.diagnostics.length > 0) continue;
    roots.push(parsed.root);
    for (const name of namesIn(parsed.root)) open.push(name);
  }
  return { roots, diagnostics };
}

/** Keys that an included file can't have, and another place for each. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  config: 'on the command line',
  backend: 'on the command line',
  cache: 'in $PIPELINE_CACHE',
  profiles: 'in profiles/NAME.yaml',
};

function namesIn(root: Located): Located[] {
  const node = nodeAt(root, ['include']);
  return node?.kind === 'list' ? [...node.items] : node ? [node] : [];
}

/** Merges the maps. A name that occurs in two files is an error that shows both places. */
export function joined(
  what: string,
  maps: readonly (Located | undefined)[],
  fallback: Span,
): { map: LocatedMap; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const present = maps.filter((one): one is LocatedMap => one?.kind === 'map');
  const entries = new Map<string, LocatedEntry>(present[0]?.entries);
  for (const map of present.slice(1)) {
    for (const [name, entry] of map.entries) {
      const known = entries.get(name);
      if (!known) entries.set(name, entry);
      else {
        const first = `the first is at ${formatPlace(known.keySpan)}`;
        diagnostics.push(error(`a second ${what} is named "${name}"; ${first}`, entry.keySpan));
      }
    }
  }
  return { map: { kind: 'map', entries, span: present[0]?.span ?? fallback }, diagnostics };
}
