/**
 * The bytes of a record in a remote cache: an `ActionResult` of the Remote Execution API, which
 * holds the record and its signature, and names its objects.
 *
 * Bazel's servers accept nothing else there. They keep the objects that it names as long as the
 * record, and answer as if there was no record if an object is gone.
 */
import { LENGTH_DELIMITED, message, tagged, VARINT, Writer } from '../../../base/protobuf.ts';
import { fieldHead } from '../../../base/protobuf-reading.ts';
import type { Digest } from '../../key/digest.ts';
import type { StageKey } from '../../key/fingerprint.ts';
import { type ActionRecord, hasKey, parseRecord, recordText } from '../../store/action-cache.ts';
import { received } from './received.ts';
import { type Remote, RemoteError } from './remote.ts';

/** Numbers of fields in `ActionResult`, `OutputFile` and `Digest`. */
const OUTPUT_FILES = 2;
const STDOUT_RAW = 5;
const STDERR_RAW = 7;
const PATH = 1;
const DIGEST = 2;
const HASH = 1;
const SIZE_BYTES = 2;

export interface NamedObject {
  readonly digest: Digest;
  readonly size: number;
}

/** A record, and the signature that came with it. The signature may be anything. */
export interface Entry {
  readonly record: ActionRecord;
  readonly signature?: string | undefined;
}

export function encodeEntry(
  { record, signature }: Entry,
  objects: Iterable<NamedObject>,
): Uint8Array {
  const writer = Writer.create();
  for (const { digest, size } of objects) {
    message(writer, OUTPUT_FILES, () => {
      tagged(writer, PATH).string(digest);
      message(writer, DIGEST, () => {
        tagged(writer, HASH).string(digest);
        tagged(writer, SIZE_BYTES, VARINT).int64(size);
      });
    });
  }
  tagged(writer, STDOUT_RAW).string(recordText(record));
  if (signature !== undefined) tagged(writer, STDERR_RAW).string(signature);
  return writer.finish();
}

/** The fault is the end of a sentence about the server. */
export function decodeEntry(bytes: Uint8Array, key: StageKey): Entry | { readonly fault: string } {
  const texts = textsIn(bytes);
  const text = texts?.get(STDOUT_RAW);
  if (text === undefined) return { fault: 'sent something that is not a record of a result' };
  const stored = parseRecord(text, key);
  if (stored.kind === 'newer') return { fault: 'has records of a later version of pipeline' };
  if (stored.kind !== 'whole') return { fault: 'sent a damaged record of a result' };
  // Otherwise anybody who can write one record could plant it for every key.
  if (!hasKey(stored.record, key)) return { fault: 'sent a record that belongs to another key' };
  return { record: stored.record, signature: texts?.get(STDERR_RAW) };
}

/** It holds a record and the names of its objects. */
const LONGEST_ENTRY = 1 << 26;

/** Undefined if the remote has none. Rejects with a problem that is `wrong` if it can't be used. */
export async function remoteEntry(
  remote: Remote,
  key: StageKey,
  signal: AbortSignal,
): Promise<Entry | undefined> {
  const bytes = await received(remote, 'ac', key, LONGEST_ENTRY, signal);
  if (!bytes) return undefined;
  const entry = decodeEntry(bytes, key);
  if ('record' in entry) return entry;
  throw new RemoteError('wrong', entry.fault);
}

/** The texts by the numbers of their fields. Undefined if the bytes are not such a message. */
function textsIn(bytes: Uint8Array): ReadonlyMap<number, string> | undefined {
  const texts = new Map<number, string>();
  for (let at = 0; at < bytes.length; ) {
    const head = fieldHead(bytes.subarray(at));
    if (!head || at + head.to > bytes.length) return undefined;
    if (TEXTS.has(head.number) && head.wireType === LENGTH_DELIMITED) {
      const text = Buffer.from(bytes.subarray(at + head.from, at + head.to)).toString('utf8');
      texts.set(head.number, text);
    }
    at += head.to;
  }
  return texts;
}

const TEXTS: ReadonlySet<number> = new Set([STDOUT_RAW, STDERR_RAW]);
