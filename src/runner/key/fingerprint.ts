/**
 * Everything that can change the outputs of a stage, as a readable record. Its digest is the key of the stage.
 *
 * It does not contain the name and position of the stage, paths, time, host or the number of jobs. The complete
 * record is stored with the results, so that any later difference can be explained without running anything.
 */
import type { JsonObject } from '../../base/json.ts';
import { canonical } from './canonical.ts';
import { type Digest, digestOf } from './digest.ts';
import type { StageCode } from './stage-code.ts';

export type StageKey = Digest & { readonly __key: 'StageKey' };

export interface Fingerprint {
  /** The version of this record's layout, so that keys of another layout can't collide with it. */
  readonly record: 'stage/1';
  readonly type: string;
  readonly code: StageCode;
  readonly parameters: JsonObject;
  /** Digests of the artifacts at each port, sorted. */
  readonly inputs: Readonly<Record<string, readonly Digest[]>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** The digest of the record's canonical text, without the evidence in `code`. */
export function keyOf(fingerprint: Fingerprint): StageKey {
  return digestOf(textOf(fingerprint)) as StageKey;
}

/** The same for all environment variants: records that differ only in the facts of the machine. */
export function digestWithoutEnvironment({ environment: _facts, ...rest }: Fingerprint): Digest {
  return digestOf(textOf(rest));
}

/** `code` sorts first, and is the same in thousands of records, so its text is cached. */
function textOf({ code, ...rest }: Omit<Fingerprint, 'environment'>): string {
  return `{"code":${codeText(code)},${canonical(rest as unknown as JsonObject).slice(1)}`;
}

const codeTexts = new WeakMap<StageCode, string>();

function codeText(code: StageCode): string {
  let text = codeTexts.get(code);
  if (text === undefined) {
    const { files: _evidence, ...keyed } = code;
    text = canonical(keyed as unknown as JsonObject);
    codeTexts.set(code, text);
  }
  return text;
}
