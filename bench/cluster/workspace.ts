/**
 * A project whose stages append a line to a file when they begin and when they end. The file is
 * outside of the outputs, so it tells what was really computed, and where.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unlessAbsent } from '../../src/base/system-error.ts';

export interface Line {
  readonly what: 'begin' | 'end';
  readonly stage: string;
  readonly host: string;
  /** The GPUs that the stage may use. */
  readonly gpus: string;
}

export class Workspace {
  readonly folder: string;

  constructor(root: string) {
    mkdirSync(root, { recursive: true });
    this.folder = mkdtempSync(join(root, 'cluster-project-'));
  }

  write(path: string, text: string): void {
    const target = join(this.folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  read(path: string): string | undefined {
    return unlessAbsent(() => readFileSync(join(this.folder, path), 'utf8'));
  }

  get lines(): readonly Line[] {
    return (this.read('ran.log') ?? '').split('\n').flatMap((text) => {
      const [what, stage, host, gpus = ''] = text.split(' ');
      // The last line of a killed stage may be incomplete.
      return (what === 'begin' || what === 'end') && host
        ? [{ what, stage: stage!, host, gpus }]
        : [];
    });
  }

  count(what: Line['what']): number {
    return this.lines.filter((line) => line.what === what).length;
  }

  /** Stages that were computed to their end more than once. */
  get twice(): readonly string[] {
    const ended = this.lines.filter(({ what }) => what === 'end').map(({ stage }) => stage);
    return ended.filter((stage, i) => ended.indexOf(stage) < i);
  }

  get byNode(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { what, host } of this.lines) {
      if (what === 'end') counts[host] = (counts[host] ?? 0) + 1;
    }
    return counts;
  }

  /** Shell commands that log the stage around `body`. */
  logged(stage: string, body: string): string {
    const line = (what: string): string =>
      `echo "${what} ${stage} $(hostname) $CUDA_VISIBLE_DEVICES" >>'${join(this.folder, 'ran.log')}'`;
    return `${line('begin')}; ${body}; ${line('end')}`;
  }

  /**
   * `count` independent stages with this body, and one that depends on all of them. Stages of
   * another round have other keys and are logged under other names.
   */
  writeParts(count: number, body: string, { more = '', round = 0 } = {}): void {
    const of = round === 0 ? '' : `-${round}`;
    const part = this.logged(`part-\${matrix.i}${of}`, `${body}; echo \${matrix.i} >out`);
    const run = JSON.stringify(part);
    const numbers = Array.from({ length: count }, (_, i) => i).join(', ');
    this.write(
      'pipeline.yaml',
      `stages:
  part:
    matrix: { i: [${numbers}] }
    run: ${run}
    outputs: [out]
    ${more}
  all:
    run: ${JSON.stringify(this.logged(`all${of}`, 'cat parts/* | wc -l >sum'))}
    inputs: { parts: part }
    outputs: [sum]
`,
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
