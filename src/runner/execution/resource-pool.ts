/** What the machine has, what of it is taken, and which GPU a stage is given. */
import type { Stage } from '../graph/pipeline.ts';
import type { Resources } from '../graph/stage-type.ts';

export interface Capacities {
  /** Cores. */
  readonly cpu: number;
  /** Connections. */
  readonly network: number;
  /** Bytes; not counted where it is not known. */
  readonly memory?: number;
  /** Devices by the names that CUDA_VISIBLE_DEVICES takes. */
  readonly gpus?: readonly string[];
}

/** What its declaration names, and of the rest what its type asks for. */
export function resourcesOf(
  { type, policy }: Stage,
  facts: Readonly<Record<string, string>>,
): Resources {
  return { ...type.resources?.(facts), ...policy.resources };
}

/** What a running stage holds. */
export interface Share {
  readonly needs: Required<Resources>;
  readonly gpus: readonly string[];
}

type Counted = 'cpu' | 'network' | 'memory';

const counted: readonly Counted[] = ['cpu', 'network', 'memory'];

export class ResourcePool {
  private readonly free: Record<Counted, number>;
  private readonly total: Record<Counted, number>;
  private readonly gpus: Map<string, number>;

  constructor({ cpu, network, memory = Number.POSITIVE_INFINITY, gpus = [] }: Capacities) {
    this.total = { cpu, network, memory };
    this.free = { ...this.total };
    this.gpus = new Map(gpus.map((name) => [name, 1]));
  }

  /** Asks for no more cores and connections than there are: then it runs alone, and not never. */
  needsOf({ cpu, gpu = 0, memory = 0, network = 0 }: Resources): Required<Resources> {
    // A thousand processes at once are something, though each asks for nothing.
    const least = gpu + network > 0 ? 0 : 1 / 16;
    return {
      cpu: Math.min(Math.max(least, cpu ?? (network > 0 ? 0 : 1)), this.total.cpu),
      gpu,
      memory,
      network: Math.min(network, this.total.network),
    };
  }

  /** Why these needs can never be met here, as a sentence; undefined where they can. */
  lack({ gpu, memory }: Required<Resources>): string | undefined {
    if (gpu > this.gpus.size || (gpu > 0 && this.gpus.size === 0)) {
      return `it needs ${gpu} GPU, and ${this.gpus.size === 0 ? 'none is' : `only ${this.gpus.size} are`} here`;
    }
    if (memory > this.total.memory) {
      const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
      return `it needs ${gigabytes(memory)} of memory, and this machine has ${gigabytes(this.total.memory)}`;
    }
    return undefined;
  }

  /** The classes of which there is not enough now. */
  short(needs: Required<Resources>): readonly (keyof Resources)[] {
    const short: (keyof Resources)[] = counted.filter(
      (name) => needs[name] > 0 && needs[name] > this.free[name] + 1e-9,
    );
    if (needs.gpu > 0 && this.choose(needs.gpu) === undefined) short.push('gpu');
    return short;
  }

  take(needs: Required<Resources>): Share {
    for (const name of counted) this.free[name] -= needs[name];
    const gpus = needs.gpu > 0 ? (this.choose(needs.gpu) ?? []) : [];
    for (const name of gpus) this.gpus.set(name, this.gpus.get(name)! - Math.min(1, needs.gpu));
    return { needs, gpus };
  }

  release({ needs, gpus }: Share): void {
    for (const name of counted) this.free[name] += needs[name];
    for (const name of gpus) this.gpus.set(name, this.gpus.get(name)! + Math.min(1, needs.gpu));
  }

  /** Whole devices that are idle; for a part of one, the fullest that still has room. */
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
