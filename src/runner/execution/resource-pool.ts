/** The resources of the machine, how much of them is in use, and which GPUs each stage gets. */
import type { Stage } from '../graph/pipeline.ts';
import type { Resources } from '../graph/stage-type.ts';

export interface Capacities {
  /** Cores. */
  readonly cpu: number;
  /** Connections. */
  readonly network: number;
  /** Bytes. If undefined, memory is not counted. */
  readonly memory?: number;
  /** Devices by the names that CUDA_VISIBLE_DEVICES takes. */
  readonly gpus?: readonly string[];
}

/** The resources that its declaration and its type ask for. */
export function resourcesOf(
  { type, policy }: Stage,
  facts: Readonly<Record<string, string>>,
): Resources {
  return { ...type.resources?.(facts), ...policy.resources };
}

/** What is counted while a stage runs. */
export type Needs = Required<Omit<Resources, 'time'>>;

/** The resources of a running stage. */
export interface Share {
  readonly needs: Needs;
  readonly gpus: readonly string[];
}

type Counted = 'cpu' | 'network' | 'memory';

const counted: readonly Counted[] = ['cpu', 'network', 'memory'];

export interface Pool {
  needsOf(resources: Resources): Needs;
  /** Why these needs can never be met here, as a sentence. Undefined if they can. */
  whyNever(needs: Needs): string | undefined;
  /** The resources that are short at the moment. */
  missing(needs: Needs): readonly (keyof Needs)[];
  take(needs: Needs): Share;
  release(share: Share): void;
}

/** For a workplace with its own scheduler: resources are unlimited. */
export const uncounted: Pool = {
  needsOf: ({ cpu = 1, gpu = 0, memory = 0, network = 0 }) => ({ cpu, gpu, memory, network }),
  whyNever: () => undefined,
  missing: () => [],
  take: (needs) => ({ needs, gpus: [] }),
  release: () => undefined,
};

export class ResourcePool implements Pool {
  private readonly free: Record<Counted, number>;
  private readonly total: Record<Counted, number>;
  private readonly gpus: Map<string, number>;

  constructor({ cpu, network, memory = Number.POSITIVE_INFINITY, gpus = [] }: Capacities) {
    this.total = { cpu, network, memory };
    this.free = { ...this.total };
    this.gpus = new Map(gpus.map((name) => [name, 1]));
  }

  /** At most the cores and connections of the machine: a stage that asks for more runs alone. */
  needsOf({ cpu, gpu = 0, memory = 0, network = 0 }: Resources): Needs {
    // A thousand processes at once need some cores, even if each asks for none.
    const least = gpu + network > 0 ? 0 : 1 / 16;
    return {
      cpu: Math.min(Math.max(least, cpu ?? (network > 0 ? 0 : 1)), this.total.cpu),
      gpu,
      memory,
      network: Math.min(network, this.total.network),
    };
  }

  whyNever({ gpu, memory }: Needs): string | undefined {
    const { size } = this.gpus;
    if (gpu > size || (gpu > 0 && size === 0)) {
      const available = size === 0 ? 'none is' : size === 1 ? 'only 1 is' : `only ${size} are`;
      return `it needs ${gpu} GPU${gpu > 1 ? 's' : ''}, and ${available} available`;
    }
    if (memory > this.total.memory) {
      const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
      return `it needs ${gigabytes(memory)} of memory, and this machine has ${gigabytes(this.total.memory)}`;
    }
    return undefined;
  }

  missing(needs: Needs): readonly (keyof Needs)[] {
    const short: (keyof Needs)[] = counted.filter(
      (name) => needs[name] > 0 && needs[name] > this.free[name] + 1e-9,
    );
    if (needs.gpu > 0 && this.choose(needs.gpu) === undefined) short.push('gpu');
    return short;
  }

  take(needs: Needs): Share {
    for (const name of counted) this.free[name] -= needs[name];
    const gpus = needs.gpu > 0 ? (this.choose(needs.gpu) ?? []) : [];
    for (const name of gpus) this.gpus.set(name, this.gpus.get(name)! - Math.min(1, needs.gpu));
    return { needs, gpus };
  }

  release({ needs, gpus }: Share): void {
    for (const name of counted) this.free[name] += needs[name];
    for (const name of gpus) this.gpus.set(name, this.gpus.get(name)! + Math.min(1, needs.gpu));
  }

  /** Whole devices that are idle. For a part of one: the fullest device that has room for it. */
  private choose(gpu: number): string[] | undefined {
    if (gpu >= 1) {
      const idle = [...this.gpus].filter(([, free]) => free > 1 - 1e-9).map(([name]) => name);
      return idle.length >= gpu ? idle.slice(0, gpu) : undefined;
    }
    const roomy = [...this.gpus]
      .filter(([, free]) => free > gpu - 1e-9)
      .sort((a, b) => a[1] - b[1]);
    return roomy[0] && [roomy[0][0]];
  }
}
