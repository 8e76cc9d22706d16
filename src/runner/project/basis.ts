/**
 * What the decisions of a run hang on beside the store: the program, what was asked for, and each text,
 * variable and file that was read. It is noted while a pipeline is prepared, and compared later.
 */
import type { SourceFile } from '../document/source.ts';
import type { Pipeline } from '../graph/pipeline.ts';
import { type Digest, digestOf } from '../key/digest.ts';
import type { ProjectFiles } from '../store/project-files.ts';
import type { Project, Selection, Site } from './project.ts';

export interface Basis {
  /** Of the program, its stage types' code, the facts of the machine and the selection. */
  readonly asked: Digest;
  readonly texts: readonly ReadText[];
  /** Of the environment, those that were looked at. */
  readonly variables: Readonly<Record<string, string>>;
  /** All of the environment was looked at: a further variable counts too. */
  readonly allVariables: boolean;
  /** Files and folders that stages read, and the names of their content. */
  readonly files: Readonly<Record<string, Digest>>;
}

type From = 'the pipeline' | 'pipeline' | 'command line';

interface ReadText {
  readonly from: From;
  readonly path: string;
  /** Undefined where nothing could be read. */
  readonly digest?: Digest;
}

/** Notes what a pipeline is read from, while it is read by these `ways`. */
export class Readings {
  readonly ways: Pick<Project, 'readPipeline' | 'readConfig' | 'onVariable'>;
  private readonly project: Project;
  private readonly texts: ReadText[] = [];
  private readonly names = new Set<string>();

  constructor(project: Project) {
    this.project = project;
    const noted = (from: From, path: string) => {
      const source = readFrom(project, from, path);
      this.texts.push({ from, path, ...(source && { digest: digestOfText(source) }) });
      return source;
    };
    this.ways = {
      readPipeline: () => noted('the pipeline', ''),
      readConfig: (path, from) => noted(from, path),
      onVariable: (name) => this.names.add(name),
    };
  }

  /** Whether all that was read so far was the same when it was noted. */
  agreeWith({ texts }: Basis): boolean {
    return this.texts.every((own) =>
      texts.some(
        (one) => one.from === own.from && one.path === own.path && one.digest === own.digest,
      ),
    );
  }

  /** Undefined where decisions hang on more: on a lock, other results, or code of the project's own. */
  basis(selection: Selection, { stages }: Pipeline, files: ProjectFiles): Basis | undefined {
    const { program, environment, types } = this.project;
    const { locked, reuseAcrossBackends, forced } = selection;
    if (program === undefined || locked || reuseAcrossBackends || forced.length > 0)
      return undefined;
    // One that no stage of these uses has to be loaded all the same.
    if (stages.length === 0 || [...types.values()].some(({ module }) => module)) return undefined;
    const digests = new Map<string, Digest>();
    for (const stage of stages) {
      for (const { path } of stage.files.values()) {
        const found = files.get(path);
        if (!found.ok) return undefined;
        digests.set(path, found.value.digest);
      }
    }
    const variables = [...this.names].map((name) => [name, environment[name]!]);
    return {
      asked: digestOfAsked(this.project, selection),
      texts: this.texts,
      variables: Object.fromEntries(variables),
      allVariables: this.names.size > 0 && this.names.size === definedIn(environment).length,
      files: Object.fromEntries(digests),
    };
  }
}

/** Whether all that is not a file of the project is as it was. */
export function isSameAsked(basis: Basis, site: Site, selection: Selection): boolean {
  const { asked, texts, variables, allVariables } = basis;
  const { environment } = site;
  if (digestOfAsked(site, selection) !== asked) return false;
  const names = Object.keys(variables);
  if (names.some((name) => environment[name] !== variables[name])) return false;
  if (allVariables && definedIn(environment).length !== names.length) return false;
  return texts.every(({ from, path, digest }) => {
    const source = readFrom(site, from, path);
    return (source && digestOfText(source)) === digest;
  });
}

/** With the files of the project as they are now; undefined where one is not there or can't be read. */
export function withFilesOfNow(basis: Basis, files: ProjectFiles): Basis | undefined {
  const digests: [string, Digest][] = [];
  for (const path of Object.keys(basis.files)) {
    const found = files.get(path);
    if (!found.ok) return undefined;
    digests.push([path, found.value.digest]);
  }
  return { ...basis, files: Object.fromEntries(digests) };
}

function readFrom(site: Site, from: From, path: string) {
  return from === 'the pipeline' ? site.readPipeline() : site.readConfig(path, from);
}

/** Bytes that are not UTF-8 can have the text of others that are. */
function digestOfText({ text, notUtf8 }: SourceFile): Digest {
  return digestOf(notUtf8 === undefined ? text : `not UTF-8 at ${notUtf8}: ${text}`);
}

function digestOfAsked({ program, codes, facts }: Site, selection: Selection): Digest {
  const { configs, settings, targets } = selection;
  return digestOf(JSON.stringify([program, codes, facts, configs, settings, targets]));
}

function definedIn(environment: Site['environment']): string[] {
  return Object.keys(environment).filter((name) => environment[name] !== undefined);
}
