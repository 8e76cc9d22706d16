/** Reports the points that a command writes to its output `curve.jsonl`, while it still writes. */
import { AppendedLines } from '../../../base/appended-lines.ts';
import type { StageContext } from '../../../runner/index.ts';
import { reportPoints } from './shell-output.ts';

const EVERY_MS = 500;

/** A longer line is no point. */
const PIECE = 1 << 20;

/** Returns a function that reads once more and stops. */
export function followCurve(
  path: string,
  context: Pick<StageContext<unknown>, 'point'>,
): () => void {
  const lines = new AppendedLines(path, { mostPerRead: PIECE, longestLine: PIECE });
  const look = (): void => reportPoints(lines.read().toString('utf8'), context);
  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    look();
  };
}
