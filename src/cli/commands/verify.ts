/** `pipeline verify`: checks the store for damage; `--rerun` builds results again and compares them. */
import { byteSize, counted, duration } from '../../base/units.ts';
import { type Finding, type Verification, verify } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { positive, share } from '../numbers.ts';
import { progressLine } from '../render/progress-line.ts';
import { paint, visible, wrap } from '../render/text.ts';
import {
  addSelectionOptions,
  projectOptionsOf,
  reportBadInput,
  reportErrors,
  type SelectionOptions,
} from '../selection-options.ts';
import { rerunCommand } from './verify-rerun.ts';

interface VerifyOptions extends SelectionOptions {
  readonly rerun?: boolean;
  readonly jobs?: number;
  readonly tolerance?: number;
  readonly json?: boolean;
}

export const addVerify: AddCommand = (program, host, finish) => {
  const command = program
    .command('verify')
    .description('check every file in the store and in latest/');
  addSelectionOptions(command, host)
    .argument('[target...]', 'with --rerun, stages: NAME or NAME[axis=value,...]')
    .option('--rerun', 'run up-to-date stages again and compare the bytes')
    .option(
      '-j, --jobs <n>',
      'with --rerun, stages to run in parallel (default: number of cores)',
      positive,
    )
    .option(
      '--tolerance <share>',
      'with --rerun, compare numbers instead of bytes; relative to the largest number of a file or array',
      share,
    )
    .option('--json', 'print one JSON object per finding')
    .action(async (targets: string[], options: VerifyOptions) => {
      const { rerun, jobs, json, tolerance } = options;
      if (rerun) finish(await rerunCommand(host, targets, options, { jobs, json, tolerance }));
      else if (targets.length > 0)
        finish(
          reportErrors(host, 'targets need --rerun; without it, verify checks the whole store'),
        );
      else finish(await verifyCommand(host, options));
    });
};

async function verifyCommand(host: Host, options: VerifyOptions): Promise<number> {
  const opened = await host.openProject(projectOptionsOf(options));
  if (!opened.ok) return reportBadInput(host, opened.error);
  const { project, artifacts } = opened.value;
  const started = host.now();
  const progress = progressLine(host, 'verifying');
  const verification = await verify(project, {
    signal: host.signal,
    onProgress: (done, inAll) => progress.show(done, inAll),
  });
  progress.close();
  const seconds = (host.now() - started) / 1000;
  if (options.json) writeJson(host, verification, seconds);
  else writeText(host, verification, seconds, artifacts);
  if (verification.interrupted) return exitCodes.interrupted;
  return verification.findings.length > 0 ? exitCodes.failed : exitCodes.done;
}

function writeJson(host: Host, verification: Verification, seconds: number): void {
  const { findings, ...counts } = verification;
  const finished = { type: 'verify-finished', ...counts, findings: findings.length, seconds };
  for (const line of [...findings, finished]) host.stdout.write(`${JSON.stringify(line)}\n`);
}

function writeText(
  host: Host,
  { objects, records, bytes, findings, rerun, interrupted }: Verification,
  seconds: number,
  artifacts: string,
): void {
  const write = (text: string): void => void host.stdout.write(`${wrap(text, host.columns)}\n`);
  for (const line of findingLines(findings, host)) write(line);
  for (const stage of rerun) write(`${paint(host, 'cyan', 'run again')} ${stage}`);
  const moved = findings.filter((finding) => 'moved' in finding && finding.moved).length;
  if (moved > 0) {
    write(
      `${counted(moved, 'damaged file was', 'damaged files were')} moved to ${artifacts}/store/corrupt`,
    );
  }
  if (findings.some(({ type }) => type === 'unreadable')) {
    write('unreadable files were not changed; check their permissions and the disk');
  }
  const outcome = interrupted ? 'stopped before the end' : describeOutcome(findings, host);
  const read = `${counted(objects, 'object', 'objects')} (${byteSize(bytes)})`;
  const results = counted(records, 'result', 'results');
  write(`${read} and ${results} read in ${duration(seconds)}: ${outcome}`);
  if (rerun.length > 0) {
    write('the next run rebuilds those that the pipeline needs; gc deletes the others');
  }
}

function describeOutcome(findings: readonly Finding[], host: Host): string {
  if (findings.length === 0) return paint(host, 'green', 'no problems found');
  const count = (test: (one: Finding) => boolean): number => findings.filter(test).length;
  const damaged = count(({ type }) => type.startsWith('damaged-'));
  const unknown = count(({ type }) => type === 'unknown-record');
  const unreadable = count(({ type }) => type === 'unreadable');
  const digests = damagedSizes(findings);
  const missing = count((one) => one.type === 'missing-file' && !digests.has(one.digest));
  const parts = [
    `${damaged} damaged`,
    `${missing} missing`,
    `${unknown} unknown`,
    `${unreadable} unreadable`,
  ];
  return paint(host, 'red', parts.filter((part) => !part.startsWith('0 ')).join(', '));
}

function damagedSizes(findings: readonly Finding[]): ReadonlyMap<string, number> {
  return new Map(
    findings.flatMap((one) => (one.type === 'damaged-object' ? [[one.digest, one.bytes]] : [])),
  );
}

function findingLines(findings: readonly Finding[], host: Host): readonly string[] {
  const sizes = damagedSizes(findings);
  const named = new Set<string>(
    findings.flatMap((one) => (one.type === 'missing-file' ? [one.digest] : [])),
  );
  // A damaged object that a result names is reported with the result, unless it could not be moved.
  return findings
    .filter((one) => one.type !== 'damaged-object' || !one.moved || !named.has(one.digest))
    .map((one) => findingLine(one, sizes, host));
}

function findingLine(finding: Finding, sizes: ReadonlyMap<string, number>, host: Host): string {
  const damaged = paint(host, 'red', 'damaged  ');
  const missing = paint(host, 'yellow', 'missing  ');
  switch (finding.type) {
    case 'damaged-object': {
      const { digest, bytes, why, moved } = finding;
      const object = `object ${digest.slice(0, 16)} (${byteSize(bytes)})`;
      return `${damaged} ${object}: ${why}${moved ? '' : STAYS}`;
    }
    case 'damaged-record': {
      const { key, stage = key.slice(0, 16), why, moved } = finding;
      return `${damaged} record of ${stage}: ${why}${moved ? '' : STAYS}`;
    }
    case 'unreadable':
      return `${paint(host, 'red', 'unreadable')} ${finding.path}: ${finding.why}`;
    case 'damaged-copy': {
      const { path, moved } = finding;
      const then = moved ? '; the next run fixes it' : STAYS;
      return `${damaged} ${path}: its bytes differ from the result${then}`;
    }
    case 'damaged-note': {
      const { path, moved } = finding;
      const then = moved ? '; the next run writes this folder again' : STAYS;
      return `${damaged} ${path}: it is not a list of outputs as a run writes it${then}`;
    }
    case 'unknown-record': {
      const key = finding.key.slice(0, 16);
      return `${paint(host, 'yellow', 'unknown  ')} record ${key} was written by a later version of pipeline`;
    }
    case 'missing-file': {
      const { stage, port, file, digest } = finding;
      const size = sizes.get(digest);
      const what = visible(file === undefined ? `the list of files of ${port}` : `${port}/${file}`);
      return size === undefined
        ? `${missing} ${stage}: ${what}`
        : `${damaged} ${stage}: ${what} (${byteSize(size)})`;
    }
  }
}

const STAYS = '; it could not be moved aside';
