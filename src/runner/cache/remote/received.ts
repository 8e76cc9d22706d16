/** Receives a record or a small object into memory. */
import { type Remote, RemoteError, type RemoteKind } from './remote.ts';

/** Undefined if nothing has this name. */
export async function received(
  remote: Remote,
  kind: RemoteKind,
  name: string,
  longest: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const take = (bytes: Uint8Array): void => {
    length += bytes.length;
    if (length > longest) throw new RemoteError('wrong', `sent more than ${longest} bytes`);
    pieces.push(bytes);
  };
  const found = await remote.get(kind, name, { from: 0, take, signal });
  return found ? Buffer.concat(pieces) : undefined;
}
