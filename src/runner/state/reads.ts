/**
 * What a plan was made from, except for the store: the program, the request, and each text, variable and file that
 * was read. It is recorded while a pipeline is read. While all of it stays the same, the plan does too.
 *
 * `--watch` and `pipeline ui` watch the files that the recorder of their last plan names.
 */
import type { SourceFile, Spanned } from '../document/source.ts';
import { type Digest, digestOf } from '../key/digest.ts';
import type { StageCodes } from '../key/stage-code.ts';
import type { ProjectFiles } from '../store/project-files.ts';

export interface Reads {
  /** Of the program, the code of its stage types, the facts of the machine and the selection. */
  readonly request: Digest;
  readonly facts: Facts;
  /** The backend that the documents name. */
  readonly backend?: Spanned<string>;
  readonly texts: readonly ReadText[];
  /** Of the environment, those that were looked at. */
  readonly variables: Readonly<Record<string, string>>;
  /** All of the environment was looked at: a further variable counts too. */
  readonly allVariables: boolean;
  /** Files and folders that stages read, and the names of their content. */
  readonly files: FileDigestsByPath;
}

export type FileDigestsByPath = Readonly<Record<string, Digest>>;

/** Facts of the machine by name, for the stage types that declare them, such as the numeric backend. */
export type Facts = Readonly<Record<string, string>>;

/** Which path a text is read by: the pipeline itself, a path in it, or one of the command line. */
export type From = 'the pipeline' | 'pipeline' | 'command line';

interface ReadText {
  readonly from: From;
  readonly path: string;
  /** Undefined if nothing could be read. */
  readonly digest?: Digest;
}

/** The outside, as far as a plan is made from it. */
export interface Surroundings {
  readonly program?: string;
  readonly codes: StageCodes;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readPipeline: () => SourceFile | undefined;
  readonly readConfig: (
    path: string,
    from: Exclude<From, 'the pipeline'>,
  ) => SourceFile | undefined;
  /** The whole path of a text. Undefined if it is not known where it would be. */
  readonly pathOf: (path: string, from: From) => string | undefined;
}

export interface Request {
  readonly facts: Facts;
  readonly configs: readonly string[];
  readonly settings: readonly string[];
  readonly targets: readonly string[];
}

/** Records what a pipeline is read from, while it is read by these `ways`. */
export class ReadsRecorder {
  readonly ways: Pick<Surroundings, 'readPipeline' | 'readConfig'> & {
    readonly onVariable: (name: string) => void;
  };
  private readonly outside: Surroundings;
  private readonly texts = new Map<string, ReadText>();
  private readonly code = new Set<string>();
  private readonly names = new Set<string>();

  constructor(outside: Surroundings) {
    this.outside = outside;
    const recorded = (path: string, from: From) => {
      const source = readFrom(outside, path, from);
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

  /** A source of a stage type of the project, by its whole path. */
  addCode(path: string): void {
    this.code.add(path);
  }

  /** The whole paths of all texts and sources, also of those that do not exist. */
  get paths(): readonly string[] {
    return [...pathsOf([...this.texts.values()], this.outside), ...this.code];
  }

  /** Undefined if the plan was made from more: from code of the project, or from a file that can't be read. */
  reads(
    request: Request,
    backend: Spanned<string> | undefined,
    filesRead: Iterable<string>,
    files: ProjectFiles,
  ): Reads | undefined {
    const { environment } = this.outside;
    if (this.code.size > 0) return undefined;
    const digests = digestsOf(filesRead, files);
    if (!digests) return undefined;
    const variables = [...this.names].map((name) => [name, environment[name]!]);
    return {
      request: digestOfRequest(this.outside, request),
      facts: request.facts,
      ...(backend && { backend }),
      texts: [...this.texts.values()],
      variables: Object.fromEntries(variables),
      allVariables: this.names.size > 0 && this.names.size === definedIn(environment).length,
      files: digests,
    };
  }
}

/** Whether all that is not a file of the project is as it was. */
export function isSameRequest(reads: Reads, outside: Surroundings, request: Request): boolean {
  const { texts, variables, allVariables } = reads;
  const { environment } = outside;
  if (digestOfRequest(outside, request) !== reads.request) return false;
  const names = Object.keys(variables);
  if (names.some((name) => environment[name] !== variables[name])) return false;
  if (allVariables && definedIn(environment).length !== names.length) return false;
  return texts.every(({ from, path, digest }) => {
    const source = readFrom(outside, path, from);
    return (source && digestOfText(source)) === digest;
  });
}

/** As they are now. Undefined if one does not exist or can't be read. */
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

/** The whole paths of texts. */
export function pathsOf(texts: Reads['texts'], outside: Surroundings): readonly string[] {
  return texts.flatMap(({ path, from }) => outside.pathOf(path, from) ?? []);
}

function readFrom(outside: Surroundings, path: string, from: From) {
  return from === 'the pipeline' ? outside.readPipeline() : outside.readConfig(path, from);
}

/** Bytes that are not UTF-8 can have the text of others that are. */
function digestOfText({ text, notUtf8 }: SourceFile): Digest {
  return digestOf(notUtf8 === undefined ? text : `not UTF-8 at ${notUtf8}: ${text}`);
}

function digestOfRequest(
  { program, codes }: Surroundings,
  { facts, configs, settings, targets }: Request,
): Digest {
  return digestOf(JSON.stringify([program, codes, facts, configs, settings, targets]));
}

function definedIn(environment: Surroundings['environment']): string[] {
  return Object.keys(environment).filter((name) => environment[name] !== undefined);
}
