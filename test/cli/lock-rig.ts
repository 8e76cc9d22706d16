/** A project whose code changes, and whose outputs get lost. */
import { readFileSync, rmSync } from 'node:fs';
import { parseLock } from '../../src/runner/history/lock-file.ts';
import { type Digest, digestOf } from '../../src/runner/key/digest.ts';
import { Terminal } from './terminal.ts';

export const text = `
vars: { text: plain }
stages:
  base: { uses: make, with: { name: base, text: "\${text}" } }
  part:
    uses: make
    matrix: { rate: [1, 2] }
    with: { name: "p\${matrix.rate}", text: "p\${matrix.rate}" }
    inputs: { from: base }
`;

export class LockTerminal extends Terminal {
  override text = text;

  get lockPath(): string {
    return this.rig.layout.pipelineLock;
  }

  get lockText(): string {
    return readFileSync(this.lockPath, 'utf8');
  }

  /** How many stages ran in all. */
  get ran(): number {
    return [...this.rig.executor.counts.values()].reduce((a, b) => a + b, 0);
  }

  changeCode(name = 'other code'): void {
    this.rig.codes = { make: { digest: digestOf(name), packages: {}, files: {} } };
  }

  loseOutputs(stage: string): void {
    const lock = parseLock(this.lockText);
    if (!lock.ok) throw new Error('no lock');
    const { out } = lock.value.stages[stage]!.outputs;
    rmSync(this.rig.layout.object(out as Digest));
  }
}
