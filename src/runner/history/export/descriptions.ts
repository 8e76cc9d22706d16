/** The files of an export that describe its run: its environment, and each stage with its key and origin. */
import type { RunStarted } from '../run-journal.ts';
import type { ExportedStage } from './exported-stages.ts';

/** The program, the commit, the facts of the machine, and the packages of the stage types. */
export function environmentText(
  program: string,
  { origin, facts }: RunStarted,
  stages: readonly ExportedStage[],
): string {
  const packages = stages.flatMap(({ record }) => Object.entries(record.fingerprint.code.packages));
  const sorted = packages.sort(([a], [b]) => (a < b ? -1 : 1));
  const { version, ...commit } = origin ?? {};
  return textOf({
    program: { name: program, ...(version !== undefined && { version }) },
    ...commit,
    facts,
    packages: Object.fromEntries(sorted),
  });
}

/** One stage per line, so that a text search finds the whole entry. */
export function stagesText(stages: readonly ExportedStage[]): string {
  const makers = new Map<string, { readonly stage: string; readonly output: string }>();
  for (const { id, outputs } of stages) {
    for (const [output, digest] of Object.entries(outputs))
      makers.set(digest, { stage: id, output });
  }
  const lines = stages.map(({ id, outputs, record }) => {
    const { key, seconds, provenance, fingerprint } = record;
    const { type, code, parameters, environment } = fingerprint;
    const { run, finished, reasons, accepted } = provenance;
    const inputs = Object.entries(fingerprint.inputs).map(([port, digests]) => {
      return [port, digests.map((digest) => ({ digest, ...makers.get(digest) }))] as const;
    });
    return JSON.stringify({
      ...{ stage: id, key, type, code: code.digest, parameters, environment },
      inputs: Object.fromEntries(inputs),
      ...{ outputs, run, finished, seconds, reasons, ...(accepted && { accepted }) },
    });
  });
  return `[\n${lines.join(',\n')}\n]\n`;
}

export function textOf(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
