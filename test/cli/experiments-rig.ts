/** A sweep whose stages report the numbers that the test gives. */
import { expect } from 'vitest';
import { Terminal } from './terminal.ts';

export const text = `
vars: { rates: [2, 25], text: plain }
stages:
  train:
    uses: make
    with: { name: train, text: "\${text}" }
  part:
    uses: make
    matrix: { method: [svd, cur], rate: "\${rates}" }
    with: { name: "part \${matrix.method} \${matrix.rate}" }
    inputs: { from: train }
  rest: { uses: make, with: { name: rest }, inputs: { from: train } }
`;

export class ExperimentsTerminal extends Terminal {
  override text = text;

  write(stage: string, content: unknown): void {
    const json = JSON.stringify(content);
    this.rig.executor.writes(stage, { 'metrics.json': json, 'value.txt': json });
  }

  measure(accuracies: readonly number[] = [0.9, 0.8, 0.95, 0.99], loss = 0.1): void {
    this.write('train', { accuracy: 0.97, loss });
    const names = ['part svd 2', 'part svd 25', 'part cur 2', 'part cur 25'];
    for (const [i, name] of names.entries()) {
      this.write(name, { method: name.split(' ')[1], accuracy: accuracies[i], bytes: 1000 * i });
    }
  }

  /** The keys differ with every change of the code, so they are replaced by their places. */
  async table(...words: readonly string[]): Promise<string> {
    const { code, out, err } = await this.pipeline('experiments', ...words);
    expect([code, err]).toEqual([0, '']);
    return out
      .replace(/^[0-9a-f]{7}(?= )/gm, '*******')
      .replaceAll(/[0-9a-f]{7}(?= |$)/gm, '*******');
  }
}
