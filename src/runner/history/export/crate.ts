/**
 * `ro-crate-metadata.json`: an export as an RO-Crate 1.1 with the profile Process Run Crate 0.5. Archives such as
 * Zenodo and WorkflowHub read it.
 */
import { extname } from 'node:path';
import { type Party, partyEntities } from './party.ts';

export interface CrateFile {
  /** Relative to the crate, with '/'. */
  readonly path: string;
  readonly size: number;
  readonly digest: string;
}

export interface Crate {
  readonly name: string;
  readonly description: string;
  /** The command line of the run. */
  readonly command: string;
  readonly program: {
    readonly name: string;
    readonly version: string;
  };
  readonly run: string;
  readonly started: string;
  readonly finished: string;
  /** What the run read: the documents of the pipeline. */
  readonly read: readonly CrateFile[];
  readonly results: readonly CrateFile[];
  /** Files that describe the run. */
  readonly about: readonly CrateFile[];
  /** One of the files. */
  readonly license: string | undefined;
  readonly authors: readonly Party[];
  readonly publisher: Party | undefined;
}

export const METADATA = 'ro-crate-metadata.json';
export const PREVIEW = 'ro-crate-preview.html';

const SPECIFICATION = 'https://w3id.org/ro/crate/1.1';
const PROFILE = 'https://w3id.org/ro/wfrun/process/0.5';
/** The specification requires a license. It can be a text. */
const NO_LICENSE = 'The project has no license file. Ask its authors before you use these files.';
const TERMS = 'https://w3id.org/ro/terms/workflow-run';

export function crateMetadata(crate: Crate): object {
  const { program, run, started, finished, read, results, about } = crate;
  const all = [...results, ...read, ...about];
  const software = `#${encodeURIComponent(`${program.name}-${program.version}`)}`;
  const action = `#run-${run}`;
  const authors = partyEntities(crate.authors, 'Person');
  const publishers = partyEntities(crate.publisher ? [crate.publisher] : [], 'Organization');
  return {
    '@context': [`${SPECIFICATION}/context`, { sha256: `${TERMS}#sha256` }],
    '@graph': [
      {
        '@id': METADATA,
        '@type': 'CreativeWork',
        about: { '@id': './' },
        conformsTo: { '@id': SPECIFICATION },
      },
      {
        '@id': './',
        '@type': 'Dataset',
        name: crate.name,
        description: crate.description,
        datePublished: finished,
        conformsTo: { '@id': PROFILE },
        license: crate.license === undefined ? NO_LICENSE : { '@id': idOf(crate.license) },
        ...references('author', authors),
        ...references('publisher', publishers),
        ...references('hasPart', all.map(entityOf)),
        mentions: { '@id': action },
      },
      {
        '@id': PROFILE,
        '@type': 'CreativeWork',
        name: 'Process Run Crate',
        version: '0.5',
      },
      {
        '@id': software,
        '@type': 'SoftwareApplication',
        name: program.name,
        softwareVersion: program.version,
      },
      {
        '@id': action,
        '@type': 'CreateAction',
        name: `Run ${run}`,
        description: crate.command,
        startTime: withOffset(started),
        endTime: withOffset(finished),
        actionStatus: 'http://schema.org/CompletedActionStatus',
        instrument: { '@id': software },
        ...references('object', read.map(entityOf)),
        ...references('result', results.map(entityOf)),
      },
      ...authors,
      ...publishers,
      ...all.map(entityOf),
      { '@id': PREVIEW, '@type': 'CreativeWork', about: { '@id': './' } },
    ],
  };
}

/** The profile allows an offset only. */
function withOffset(time: string): string {
  return time.replace(/Z$/, '+00:00');
}

/** A list of one is written as its entry, as the specification recommends. */
function references(name: string, entities: readonly { readonly '@id': string }[]): object {
  const all = entities.map((entity) => ({ '@id': entity['@id'] }));
  return all.length === 0 ? {} : { [name]: all.length === 1 ? all[0] : all };
}

function entityOf({ path, size, digest }: CrateFile) {
  const format = path === 'LICENSE' ? 'text/plain' : FORMATS[extname(path).toLowerCase()];
  return {
    '@id': idOf(path),
    '@type': 'File',
    name: path,
    ...(DESCRIPTIONS[path] !== undefined && { description: DESCRIPTIONS[path] }),
    contentSize: String(size),
    ...(format !== undefined && { encodingFormat: format }),
    sha256: digest,
  };
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'environment.json': 'The program, the commit, the facts of the machine and the packages.',
  'stages.json': 'Each stage of the run with its key, parameters, inputs, outputs and origin.',
  'pipeline.lock': 'The keys and outputs of all stages.',
  LICENSE: 'The license of the project.',
};

/** A path as a relative address. */
export function idOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

const FORMATS: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.lock': 'application/yaml',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.tex': 'application/x-tex',
  '.txt': 'text/plain',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
};
