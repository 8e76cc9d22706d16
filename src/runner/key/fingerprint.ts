/**
 * All that can change a stage's outputs, as a readable record; its digest is the stage's key.
 *
 * Not in it: the stage's name and place, paths, time, host, number of jobs. The record is kept with
 * the results, whole, so that any later difference can be explained without running anything.
 */
import type { JsonObject } from '../../base/json.ts';
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

/** The digest of the record's canonical text, without the evidence in `code`. */
export function keyOf(fingerprint: Fingerprint): StageKey {
  return digestOf(textOf(fingerprint)) as StageKey;
}

/** The same for all machines: what is left of a fingerprint without the facts of the machine. */
export function alikeOf({ environment: _facts, ...rest }: Fingerprint): Digest {
  return digestOf(textOf(rest));
}

/** `code` sorts first, and is the same in thousands of records: its text is made once. */
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
