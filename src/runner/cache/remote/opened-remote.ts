/** A remote, and what the project wants of it. */
import type { Patience } from './guarded-remote.ts';
import type { Remote } from './remote.ts';
import type { Signer } from './signatures.ts';

export interface OpenedRemote {
  readonly remote: Remote;
  /** Bytes per second, of all transfers together. */
  readonly limit?: number | undefined;
  /** Other times than the usual ones. */
  readonly patience?: Patience;
  /** Public keys. If there is one, only results with a signature of one of them are used. */
  readonly trust?: readonly string[];
  /** Signs the results that this machine stores. */
  readonly signer?: Signer | undefined;
}
