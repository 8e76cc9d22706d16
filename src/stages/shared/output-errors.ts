/** The errors of the outputs of factored layers: in the rows of `model.json`, and in the log. */
import type { LayerRow } from '../../nn/model/history.ts';

/** ||W X - W' X||_F / ||W X||_F; null if there are no held-out samples. */
export interface OutputError {
  readonly calibration: number;
  readonly heldOut: number | null;
}

/** Later stages drop this field: the schema of a history does not have it. */
export interface MeasuredRow extends LayerRow {
  readonly outputError?: OutputError;
}

export function outputErrorText(layer: string, error: OutputError): string {
  return `${layer}: its outputs differ by ${shares(error)}`;
}

/** '12.3% on calibration images and 14.0% on held-out images'. */
export function shares({ calibration, heldOut }: OutputError): string {
  const percent = (value: number) => `${(100 * value).toPrecision(3)}%`;
  const other = heldOut === null ? '' : ` and ${percent(heldOut)} on held-out images`;
  return `${percent(calibration)} on calibration images${other}`;
}
