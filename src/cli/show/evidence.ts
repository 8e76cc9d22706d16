/** The results behind a digest for `pipeline show`: stage, key, run, commit and files. Needs no valid pipeline. */
import { join, relative } from 'node:path';
import { listed } from '../../base/listed.ts';
import { byteSize, duration } from '../../base/units.ts';
import {
  type ActionRecord,
  type Digest,
  type Evidence,
  type Found,
  type Layout,
  makersOf,
  newestFolders,
  ObjectStore,
  type Origin,
  readArtifact,
  summarize,
} from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { originText } from '../render/origin-text.ts';
import { parameterLines } from '../render/parameter-lines.ts';
import { paint, visible, wrap } from '../render/text.ts';
import { columnsOf, padEnd } from '../render/width.ts';

/** Small files such as a list of classes can belong to every result. */
const MOST_RESULTS = 5;

interface Place {
  readonly layout: Layout;
  /** The artifacts folder, as a user would write it. */
  readonly artifacts: string;
}

export function showEvidence(found: Found, place: Place, json: boolean, host: Host): void {
  const { digest, evidence } = found;
  if (json) {
    const results = evidence.map((one) => asJson(one, place));
    host.stdout.write(`${JSON.stringify({ digest, results })}\n`);
    return;
  }
  const made = evidence.filter(({ is }) => is !== 'input');
  const results = made.length > 0 ? made : evidence;
  const makers = makersOf(place.layout);
  const lines = results
    .slice(0, MOST_RESULTS)
    .flatMap((one) => linesOf(digest, one, { ...place, makers }, host));
  const more = results.slice(MOST_RESULTS).map(({ record }) => record.provenance.stage);
  if (more.length > 0)
    lines.push(visible(`and ${more.length} more: ${listed(more, MOST_RESULTS)}`));
  if (results.length === 0) lines.push(`${digest}: no result has it; "pipeline gc" removes it`);
  host.stdout.write(`${wrap(lines.join('\n'), host.columns)}\n`);
}

function asJson({ record, is, port, file }: Evidence, { layout, artifacts }: Place): object {
  const { key, fingerprint, outputs, seconds, provenance } = record;
  const { type, parameters, inputs, environment, code } = fingerprint;
  const origin = originOf(record, layout);
  return {
    is,
    ...(port !== undefined && { port }),
    ...(file && { file: file.path }),
    ...{ key, type, ...provenance, seconds, ...(origin && { origin }) },
    ...{ parameters, inputs, environment, code: code.digest },
    outputs,
    folders: newestFolders(record, layout).map((path) => join(artifacts, path)),
  };
}

function linesOf(
  digest: string,
  evidence: Evidence,
  { layout, artifacts, makers }: Place & { readonly makers: ReadonlyMap<Digest, string> },
  host: Host,
): string[] {
  const { record } = evidence;
  const { key, fingerprint, outputs, seconds, provenance } = record;
  const { stage, run, finished, accepted } = provenance;
  const origin = originOf(record, layout);
  const folders = newestFolders(record, layout).map((path) => join(artifacts, path));
  const rows: [string, string][] = [
    [digest.slice(0, 12), relationOf(evidence)],
    ['key', key],
    ['made by', `run ${run} at ${finished} in ${duration(seconds)}`],
  ];
  if (origin) rows.push(['with', originText(origin)]);
  if (accepted) rows.push(['accepted', `at ${accepted.time}, without running`]);
  rows.push(...Object.entries(fingerprint.environment));
  const { parameters } = fingerprint;
  const hasParameters = Object.keys(parameters).length > 0;
  const after: [string, string][] = [];
  for (const [port, digests] of Object.entries(fingerprint.inputs)) {
    for (const one of digests.slice(0, MOST_RESULTS)) {
      const maker = makers.get(one);
      after.push([
        'input',
        `${port}: ${one.slice(0, 12)}${maker === undefined ? '' : ` of ${maker}`}`,
      ]);
    }
    const more = digests.length - MOST_RESULTS;
    if (more > 0) after.push(['input', `${port}: ${more} more`]);
  }
  after.push(['shown in', folders.length > 0 ? listed(folders) : 'the store only']);
  const labels = [...rows, ...after].map(([label]) => label);
  const width = Math.max(...labels.map((label) => columnsOf(visible(label))));
  const line = (label: string, text: string): string =>
    `  ${paint(host, 'dim', padEnd(visible(label), width))}  ${visible(text)}`;
  const lines = [
    paint(host, 'bold', stage),
    ...rows.map(([label, text]) => line(label, text)),
    ...(hasParameters ? [`  ${paint(host, 'dim', 'parameters')}`] : []),
    ...parameterLines(parameters, host, 4),
    ...after.map(([label, text]) => line(label, text)),
  ];
  for (const [port, output] of Object.entries(outputs)) {
    lines.push(line('output', `${port}: ${output.slice(0, 12)}`));
    lines.push(...fileLines(digest, output, { layout, artifacts }).map(visible));
  }
  return lines;
}

function relationOf({ is, port, file }: Evidence): string {
  switch (is) {
    case 'key':
      return 'is the key of this result';
    case 'output':
      return `is its output "${port}"`;
    case 'input':
      return `is its input "${port}"`;
    case 'file':
      return `is the file ${file!.path} in its output "${port}"`;
  }
}

/** A file that has the digest is listed with its path in the store. */
function fileLines(digest: string, output: Digest, { layout, artifacts }: Place): string[] {
  const files = readArtifact(output, new ObjectStore(layout))?.files;
  if (!files) return ['    its files are no longer in the store'];
  const lines = files
    .slice(0, MOST_FILES)
    .map(({ path, size }) => `    ${path} (${byteSize(size)})`);
  if (files.length > MOST_FILES) lines.push(`    and ${files.length - MOST_FILES} more`);
  if (files.some((file) => file.digest === digest)) {
    lines.push(
      `    the file is ${join(artifacts, relative(layout.root, layout.object(digest as Digest)))}`,
    );
  }
  return lines;
}

const MOST_FILES = 10;

function originOf({ provenance }: ActionRecord, layout: Layout): Origin | undefined {
  return summarize(layout, provenance.run)?.origin;
}
