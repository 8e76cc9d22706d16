/** A project with a stage that has a limit of time, for the tests of profiles. */
import { Terminal } from './terminal.ts';

export const STAGES = `
stages:
  a: { uses: make, with: { name: a }, resources: { time: 2h } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;

export class ProfileTerminal extends Terminal {
  override columns = 300;
  override text = STAGES;
}
