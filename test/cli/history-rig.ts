/** A sweep whose stages write or fail as the test says. */
import { fail } from '../../src/base/result.ts';
import { Terminal } from './terminal.ts';

const text = `
vars: { rates: [1, 2], text: plain }
stages:
  base: { uses: make, with: { name: base } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}", text: "\${text}" }
    inputs: { from: base }
`;

export class HistoryTerminal extends Terminal {
  override text = text;

  /** Makes the stages of this name write a file. */
  write(stage: string, file: string, content: unknown): void {
    this.rig.executor.writes(stage, { [file]: JSON.stringify(content) });
  }

  failing(stage: string, message: string): void {
    this.rig.executor.instead.set(stage, () => fail({ kind: 'stage', message, advice: 'wait' }));
  }
}
