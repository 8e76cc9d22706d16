/**
 * Finds the paths of a stage's inputs. Objects of the store are compared with their names first.
 */
import { fail, ok, type Result } from '../../../base/result.ts';
import type { GivenFile } from '../../graph/stage-type.ts';
import type { Digest } from '../../key/digest.ts';
import { readArtifact } from '../../store/artifact.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import type { ProjectFiles } from '../../store/project-files.ts';
import type { GivenArtifact, Invocation } from '../executor.ts';
import type { Failure } from '../failure.ts';

export interface InputSources {
  readonly store: ObjectStore;
  readonly files: ProjectFiles;
}

/**
 * `paths` has the files and folders of the project, by port. The other ports get artifacts of the
 * store.
 */
export function locateInputs(
  paths: Readonly<Record<string, string>>,
  digests: Readonly<Record<string, readonly Digest[]>>,
  sources: InputSources,
): Result<Invocation['inputs'], Failure> {
  const inputs = new Map<string, readonly GivenArtifact[]>();
  for (const [port, artifacts] of Object.entries(digests)) {
    // A port may have any name, such as `constructor`.
    const path = Object.hasOwn(paths, port) ? paths[port] : undefined;
    const taken: GivenArtifact[] = [];
    for (const digest of artifacts) {
      const given =
        path === undefined
          ? storedArtifact(port, digest, sources)
          : projectArtifact(path, digest, sources);
      if (!given.ok) return given;
      taken.push(given.value);
    }
    inputs.set(port, taken);
  }
  return ok(Object.fromEntries(inputs));
}

function storedArtifact(
  port: string,
  digest: Digest,
  { store }: InputSources,
): Result<GivenArtifact, Failure> {
  const corrupt = (file: string): Result<never, Failure> =>
    fail({ kind: 'corrupt-input', port, artifact: digest, file });
  const artifact = readArtifact(digest, store);
  if (!artifact) return corrupt('its list of files');
  const files: [string, GivenFile][] = [];
  for (const { path, digest: name, size, executable } of artifact.files) {
    if (!store.verify(name)) return corrupt(path);
    files.push([path, { path: store.path(name), size, ...(executable && { executable }) }]);
  }
  // A file may have any name, such as `__proto__`, which an assignment would not set as a property.
  return ok({ files: Object.fromEntries(files), single: artifact.single });
}

/** The manifest is stored, so that a later run can show which files changed. */
function projectArtifact(
  path: string,
  digest: Digest,
  { store, files: project }: InputSources,
): Result<GivenArtifact, Failure> {
  const found = project.get(path);
  if (!found.ok || found.value.digest !== digest) return fail({ kind: 'changed-file', path });
  const { files, sources, single, manifest } = found.value;
  store.putText(manifest);
  const given = files.map(({ path: name, size, executable }): [string, GivenFile] => [
    name,
    { ...sources.get(name)!, size, ...(executable && { executable }) },
  ]);
  return ok({ files: Object.fromEntries(given), single });
}
