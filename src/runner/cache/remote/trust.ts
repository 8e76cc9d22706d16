/** Which results of a remote cache are used, and how those of this machine are signed. */
import type { ActionRecord } from '../../store/action-cache.ts';
import type { Entry } from './entry.ts';
import { isSignedBy, type Signer } from './signatures.ts';

export class Trust {
  private readonly keys: readonly string[];
  private readonly signer: Signer | undefined;

  /** Without `keys`, every result is used. */
  constructor(keys: readonly string[] = [], signer?: Signer) {
    this.keys = keys;
    this.signer = signer;
  }

  isTrusted({ record, signature }: Entry): boolean {
    return this.keys.length === 0 || isSignedBy(this.keys, record, signature);
  }

  /**
   * What is stored in a remote cache for a record. A result that came from another cache keeps the
   * signature that it had there. It does not get one of this machine, which did not compute it.
   */
  entryOf({ provenance, ...rest }: ActionRecord): Entry {
    const { cache, ...own } = provenance;
    const record = { ...rest, provenance: own };
    return { record, signature: cache ? cache.signature : this.signer?.sign(record) };
  }

  /** Whether an entry serves all who would use an entry with `signature` in its place. */
  isEnough(entry: Entry, signature: string | undefined): boolean {
    if (!this.isTrusted(entry)) return false;
    // Users who trust this machine would not use a result without its signature.
    const mine = this.signer && signature !== undefined ? [this.signer.publicKey] : [];
    return mine.length === 0 || isSignedBy([...this.keys, ...mine], entry.record, entry.signature);
  }
}
