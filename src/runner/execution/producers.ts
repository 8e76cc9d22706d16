/** The sources of each input of a stage: artifacts of other stages, and files of the project. */
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { Digest } from '../key/digest.ts';
import type { ProjectFiles } from '../store/project-files.ts';

export interface Producer {
  /** A stage, or the path of a file as `./path`. */
  readonly stage: string;
  readonly digest: Digest;
}

export interface Producers {
  readonly byPort: ReadonlyMap<string, readonly Producer[]>;
  /** Stages that have no outputs yet. */
  readonly missing: ReadonlySet<StageId>;
}

/** `known` returns the outputs of a stage, or undefined if it has none yet. */
export function producersOf(
  { inputs, files }: Stage,
  known: (id: StageId) => Readonly<Record<string, Digest>> | undefined,
  project: ProjectFiles,
): Producers {
  const byPort = new Map<string, Producer[]>();
  const missing = new Set<StageId>();
  for (const [port, references] of inputs) {
    const taken: Producer[] = [];
    for (const { stage, port: output } of references) {
      const digest = known(stage)?.[output];
      if (digest) taken.push({ stage, digest });
      else missing.add(stage);
    }
    byPort.set(port, taken);
  }
  for (const [port, { path }] of files) {
    const file = project.get(path);
    // Planning has checked that the file exists. If it is gone by now, the key has no such input.
    if (file.ok) byPort.set(port, [{ stage: `./${path}`, digest: file.value.digest }]);
  }
  return { byPort, missing };
}
