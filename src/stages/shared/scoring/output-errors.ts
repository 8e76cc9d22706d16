/** The errors of the outputs of factored layers, in the log. */
import type { OutputError } from '../../../nn/model/history.ts';

export function outputErrorText(layer: string, error: OutputError): string {
  return `${layer}: its outputs differ by ${shares(error)}`;
}

/** '12.3% on calibration images and 14.0% on held-out images'. */
export function shares({ calibration, heldOut }: OutputError): string {
  const percent = (value: number) => `${(100 * value).toPrecision(3)}%`;
  const other = heldOut === null ? '' : ` and ${percent(heldOut)} on held-out images`;
  return `${percent(calibration)} on calibration images${other}`;
}
