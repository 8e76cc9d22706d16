/** The resources that a job asks Slurm for. */
import type { Order } from '../order.ts';

export interface Wants {
  readonly cpus: number;
  readonly gpus: number;
  /** Bytes. Undefined for the default of the site. */
  readonly memory?: number;
  /** Seconds for one stage. Undefined if nothing is known. */
  readonly time?: number;
}

/** Values that replace the declared ones after an attempt that needed more. */
export type Grown = Pick<Wants, 'memory' | 'time'>;

/** A stage without a declared time gets three times its past duration and this, in seconds. */
const MARGIN = 600;

/** `past`: how long the stage took before, in seconds. */
export function wantsOf(
  { limits: { resources, timeoutSeconds } }: Order,
  past: number | undefined,
  grown: Grown = {},
): Wants {
  const memory = grown.memory ?? resources.memory;
  const estimated = past === undefined ? undefined : 3 * past + MARGIN;
  const time = grown.time ?? resources.time ?? leastOf(timeoutSeconds, estimated);
  return {
    cpus: Math.max(1, Math.ceil(resources.cpu ?? 1)),
    gpus: Math.ceil(resources.gpu ?? 0),
    ...(memory !== undefined && { memory }),
    ...(time !== undefined && { time }),
  };
}

/** A stage with a timeout needs no more time than that, and some for its start. */
function leastOf(timeout: number | undefined, estimated: number | undefined): number | undefined {
  const limit = timeout === undefined ? undefined : timeout + MARGIN;
  if (limit === undefined || estimated === undefined) return estimated ?? limit;
  return Math.min(limit, estimated);
}
