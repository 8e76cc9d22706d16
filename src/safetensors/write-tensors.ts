/** Writes a safetensors file tensor by tensor, so that only a part of one is in memory. */
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { onFile } from '../base/read-file.ts';
import { writeBytes } from './safetensors.ts';

export interface WrittenTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** How many `parts` yields. */
  readonly bytes: number;
  /** Called once. */
  readonly parts: () => Iterable<Uint8Array>;
}

export interface FileDigests {
  readonly bytes: number;
  readonly sha256: string;
  /** By the names of the tensors. */
  readonly tensors: ReadonlyMap<string, string>;
}

/** Tensors keep their order. A file that exists is not overwritten. */
export function writeTensors(
  path: string,
  tensors: readonly WrittenTensor[],
  metadata: Readonly<Record<string, string>>,
): FileDigests {
  const whole = createHash('sha256');
  const digests = new Map<string, string>();
  let written = 0;
  const descriptor = openSync(path, 'wx');
  const write = (bytes: Uint8Array) => {
    onFile(path, () => writeBytes(descriptor, bytes));
    whole.update(bytes);
    written += bytes.length;
  };
  try {
    write(headerOf(tensors, metadata));
    for (const { name, bytes, parts } of tensors) {
      const digest = createHash('sha256');
      const end = written + bytes;
      for (const part of parts()) {
        write(part);
        digest.update(part);
      }
      if (written !== end) throw new Error(`${name}: not ${bytes} bytes as announced`);
      digests.set(name, digest.digest('hex'));
    }
  } finally {
    closeSync(descriptor);
  }
  return { bytes: written, sha256: whole.digest('hex'), tensors: digests };
}

function headerOf(
  tensors: readonly WrittenTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let offset = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    const begin = offset;
    offset += bytes;
    return [name, { dtype, shape, data_offsets: [begin, offset] }] as const;
  });
  const hasMetadata = Object.keys(metadata).length > 0;
  const content = {
    ...(hasMetadata && { __metadata__: metadata }),
    ...Object.fromEntries(entries),
  };
  const text = Buffer.from(JSON.stringify(content));
  const header = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8));
  text.copy(header, 8);
  return header;
}
