/**
 * All that can change a stage's outputs, as a readable record; its digest is the stage's key.
 *
 * Not in it: the stage's name and place, paths, time, host, number of jobs. The record is kept with
 * the results, whole, so that any later difference can be explained without running anything.
 */
import type { JsonObject } from '../json.ts';
import { canonical } from './canonical.ts';
import { type Digest, digestOf } from './digest.ts';
import type { StageCode } from './stage-code.ts';

export type StageKey = Digest & { readonly __key: 'StageKey' };

export interface Fingerprint {
  /** Names the layout of this record, so that a later layout can't collide with it. */
  readonly record: 'stage/1';
  readonly type: string;
  readonly code: StageCode;
  readonly parameters: JsonObject;
  /** Digests of the artifacts at each port, sorted. */
  readonly inputs: Readonly<Record<string, readonly Digest[]>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** The same for all machines: what is left of a fingerprint without the facts of the machine. */
export function alikeOf(fingerprint: Fingerprint): Digest {
  const { files: _evidence, ...code } = fingerprint.code;
  const { environment: _facts, ...rest } = fingerprint;
  return digestOf(canonical({ ...rest, code } as unknown as JsonObject));
}

export function keyOf(fingerprint: Fingerprint): StageKey {
  const { files: _evidence, ...code } = fingerprint.code;
  return digestOf(canonical({ ...fingerprint, code } as unknown as JsonObject)) as StageKey;
}
