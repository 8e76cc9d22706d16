/** A sweep, and the number of stages that a run reports. */
import { jsonLines } from './terminal.ts';

export const sweep = `
vars: { rates: [1, 2], text: plain }
stages:
  base: { uses: make, with: { name: base } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}", text: "\${text} \${matrix.rate}" }
    inputs: { from: base }
  end: { uses: make, with: { name: end }, inputs: { from: part } }
`;

export const executed = (text: string): unknown => jsonLines(text).at(-1)!.executed;
