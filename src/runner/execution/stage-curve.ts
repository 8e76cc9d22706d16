/** The points that a stage reports in one attempt, in a file beside its log, for those who watch the run. */
import { type CurvePoint, curveLine } from '../../base/curve.ts';
import type { CurveNumbers } from '../graph/stage-type.ts';
import { AppendedFile } from './appended-file.ts';

export class StageCurve {
  private readonly file: AppendedFile;

  /** `log`: the file of the log. `show` prints a line for the user. */
  constructor(log: string, show: (line: string) => void) {
    this.file = new AppendedFile(curvePathOf(log), (reason) =>
      show(`... the curve of this stage ends here: ${reason}`),
    );
  }

  add({ step, epoch, ...rest }: CurveNumbers): void {
    const values = rest as CurvePoint['values'];
    const point = { step, ...(epoch !== undefined && { epoch }), values };
    this.file.write(Buffer.from(`${curveLine(point)}\n`));
  }

  end(): void {
    this.file.close();
  }
}

export function curvePathOf(log: string): string {
  return `${log.replace(/\.log$/, '')}.curve.jsonl`;
}
