/**
 * Everything that a plan was made from, except for the store: the program, the request, and each
 * text, variable and file that was read. It is recorded while a pipeline is read. While all of it
 * stays the same, so does the plan.
 *
 * `--watch` and `pipeline ui` watch the files that the last plan recorded.
 */
import type { SourceFile, Spanned } from '../document/source.ts';
import { type Digest, digestOf } from '../key/digest.ts';
import type { StageCodes } from '../key/stage-code.ts';
import type { ProjectFiles } from '../store/project-files.ts';

export interface Reads {
  /**
   * Covers the program, the code of its stage types, the facts of the machine and the selection.
   */
  readonly request: Digest;
  readonly facts: Facts;
  /** The backend that the documents name. */
  readonly backend?: Spanned<string>;
  readonly texts: readonly ReadText[];
  /** The environment variables that were read. */
  readonly variables: Readonly<Record<string, string>>;
  /** The whole environment was read, so a new variable counts as a change. */
  readonly allVariables: boolean;
  /** Files and folders that stages read, with their digests. */
  readonly files: FileDigestsByPath;
}

export type FileDigestsByPath = Readonly<Record<string, Digest>>;

/** Facts of the machine by name, for the stage types that declare them, such as the numeric backend. */
export type Facts = Readonly<Record<string, string>>;

/**
 * What a path is relative to: it is the pipeline itself, is named in the pipeline, or comes from
 * the command line.
 */
export type From = 'the pipeline' | 'pipeline' | 'command line';

interface ReadText {
  readonly from: From;
  readonly path: string;
  /** Undefined if nothing could be read. */
  readonly digest?: Digest;
}

/** Everything outside the store that a plan is made from. */
export interface PlanSources {
  readonly program?: string;
  readonly codes: StageCodes;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readPipeline: () => SourceFile | undefined;
  readonly readConfig: (
    path: string,
    from: Exclude<From, 'the pipeline'>,
  ) => SourceFile | undefined;
  /** The absolute path of a text. Undefined if it is not known. */
  readonly pathOf: (path: string, from: From) => string | undefined;
}

export interface Request {
  readonly facts: Facts;
  readonly configs: readonly string[];
  readonly settings: readonly string[];
  readonly targets: readonly string[];
}

/** Records everything that is read through its `ways` while a pipeline is read. */
export class ReadsRecorder {
  readonly ways: Pick<PlanSources, 'readPipeline' | 'readConfig'> & {
    readonly onVariable: (name: string) => void;
  };
  private readonly sources: PlanSources;
  private readonly texts = new Map<string, ReadText>();
  private readonly code = new Set<string>();
  private readonly names = new Set<string>();

  constructor(sources: PlanSources) {
    this.sources = sources;
    const recorded = (path: string, from: From) => {
      const source = readFrom(sources, path, from);
      const digest = source && { digest: digestOfText(source) };
      this.texts.set(`${from}: ${path}`, { from, path, ...digest });
      return source;
    };
    this.ways = {
      readPipeline: () => recorded('', 'the pipeline'),
      readConfig: recorded,
      onVariable: (name) => this.names.add(name),
    };
  }

  /** Adds a source of a stage type of the project, by its absolute path. */
  addCode(path: string): void {
    this.code.add(path);
  }

  /** The absolute paths of all texts and sources, including those that do not exist. */
  get paths(): readonly string[] {
    return [...pathsOf([...this.texts.values()], this.sources), ...this.code];
  }

  /**
   * Undefined if the plan depends on more: on code of the project, or on a file that can't be read.
   */
  reads(
    request: Request,
    backend: Spanned<string> | undefined,
    filesRead: Iterable<string>,
    files: ProjectFiles,
  ): Reads | undefined {
    const { environment } = this.sources;
    if (this.code.size > 0) return undefined;
    const digests = digestsOf(filesRead, files);
    if (!digests) return undefined;
    const variables = [...this.names].map((name) => [name, environment[name]!]);
    return {
      request: digestOfRequest(this.sources, request),
      facts: request.facts,
      ...(backend && { backend }),
      texts: [...this.texts.values()],
      variables: Object.fromEntries(variables),
      allVariables: this.names.size > 0 && this.names.size === definedIn(environment).length,
      files: digests,
    };
  }
}

/** Whether everything except for the files of the project is unchanged. */
export function isSameRequest(reads: Reads, sources: PlanSources, request: Request): boolean {
  const { texts, variables, allVariables } = reads;
  const { environment } = sources;
  if (digestOfRequest(sources, request) !== reads.request) return false;
  const names = Object.keys(variables);
  if (names.some((name) => environment[name] !== variables[name])) return false;
  if (allVariables && definedIn(environment).length !== names.length) return false;
  return texts.every(({ from, path, digest }) => {
    const source = readFrom(sources, path, from);
    return (source && digestOfText(source)) === digest;
  });
}

/** The current digests. Undefined if a file does not exist or can't be read. */
export function digestsOf(
  paths: Iterable<string>,
  files: ProjectFiles,
): FileDigestsByPath | undefined {
  const digests: [string, Digest][] = [];
  for (const path of new Set(paths)) {
    const found = files.get(path);
    if (!found.ok) return undefined;
    digests.push([path, found.value.digest]);
  }
  return Object.fromEntries(digests);
}

/** The absolute paths of texts. */
export function pathsOf(texts: Reads['texts'], sources: PlanSources): readonly string[] {
  return texts.flatMap(({ path, from }) => sources.pathOf(path, from) ?? []);
}

function readFrom(sources: PlanSources, path: string, from: From) {
  return from === 'the pipeline' ? sources.readPipeline() : sources.readConfig(path, from);
}

/** Different bytes that are not UTF-8 can be decoded to the same text. */
function digestOfText({ text, notUtf8 }: SourceFile): Digest {
  return digestOf(notUtf8 === undefined ? text : `not UTF-8 at ${notUtf8}: ${text}`);
}

function digestOfRequest(
  { program, codes }: PlanSources,
  { facts, configs, settings, targets }: Request,
): Digest {
  // Without the evidence, which changes no key.
  const parts = Object.entries(codes).map(([name, { digest, packages }]) => [
    name,
    digest,
    packages,
  ]);
  return digestOf(JSON.stringify([program, parts, facts, configs, settings, targets]));
}

function definedIn(environment: PlanSources['environment']): string[] {
  return Object.keys(environment).filter((name) => environment[name] !== undefined);
}
