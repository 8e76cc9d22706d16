/** The machines of the times in a report, for captions. */
import type { About } from './texts.ts';

export function machinesOf(
  { machines }: About,
  runtime: (version: string) => string,
): readonly string[] {
  const named = machines.map(
    ({ processor, onnxruntime }) => `${processor} (${runtime(onnxruntime)})`,
  );
  return [...new Set(named)].sort();
}
