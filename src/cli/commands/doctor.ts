/** `pipeline doctor`: which backends start here, how fast they are, and how to install the others. */
import type { AddCommand } from '../add-command.ts';
import { type BackendReport, exitCodes, type Host } from '../host.ts';
import { tableLines } from '../render/table.ts';
import { paint, wrap } from '../render/text.ts';

interface DoctorOptions {
  readonly json?: boolean;
}

type Started = Extract<BackendReport, { readonly status: 'available' }>;
type Missing = Exclude<BackendReport, Started>;

export const addDoctor: AddCommand = (program, host, finish) => {
  program
    .command('doctor')
    .description('check which backends start on this machine, and how fast they are')
    .option('--json', 'print one JSON object per backend')
    .action(async ({ json }: DoctorOptions) => {
      const reports: BackendReport[] = [];
      for await (const report of host.examineBackends()) {
        reports.push(report);
        if (json) host.stdout.write(`${JSON.stringify(report)}\n`);
        else if (host.interactive) host.stderr.write(`tried ${report.name}\n`);
        if (host.signal.aborted) return finish(exitCodes.interrupted);
      }
      if (!json) host.stdout.write(`${linesOf(reports, host).join('\n')}\n`);
      finish(reports.some(isStarted) ? exitCodes.done : exitCodes.failed);
    });
};

function linesOf(reports: readonly BackendReport[], host: Host): readonly string[] {
  const started = reports.filter(isStarted);
  const columns = [
    { head: 'backend' },
    { head: 'GFLOP/s', right: true },
    { head: 'images/s', right: true },
    { head: 'threads', right: true },
    { head: 'start', right: true },
    { head: 'version' },
  ];
  const rows = started.map((one) => [
    one.name,
    one.gigaflops.toPrecision(3),
    one.trainedImages.toPrecision(3),
    String(one.threads),
    `${one.startSeconds.toFixed(2)} s`,
    `${one.version}, ${one.device}`,
  ]);
  const [head, ...lines] = tableLines(columns, rows, host.columns).lines;
  const taken = started.find(({ byName }) => !byName);
  return [
    ...(taken ? [paint(host, 'dim', head), ...lines, '', `default: ${taken.name}`] : []),
    ...reports
      .filter((report): report is Missing => !isStarted(report))
      .flatMap(missingLines(host)),
  ];
}

function missingLines(host: Host): (report: Missing) => readonly string[] {
  return ({ name, status, reason, advice }) => [
    '',
    `${name}: ${status}`,
    wrap(`  ${reason}`, host.columns),
    wrap(`  fix: ${advice}`, host.columns),
  ];
}

function isStarted(report: BackendReport): report is Started {
  return report.status === 'available';
}
