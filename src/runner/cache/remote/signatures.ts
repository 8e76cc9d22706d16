/**
 * Signatures of results. A signature says that its maker got these outputs for this key. It is
 * stored with the record in a remote cache, because anyone who can write there could store others.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { keyIn, keyText, PRIVATE, PUBLIC } from '../../../base/signing-keys.ts';
import type { ActionRecord } from '../../store/action-cache.ts';

type Result = Pick<ActionRecord, 'key' | 'outputs'>;

export interface Signer {
  readonly publicKey: string;
  sign(result: Result): string;
}

/** A new key pair as texts. */
export function newKeyPair(): { readonly publicKey: string; readonly privateKey: string } {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { publicKey: keyText(PUBLIC, x!), privateKey: keyText(PRIVATE, d!) };
}

/** Undefined if the text is not a private key. */
export function signerOf(privateKey: string): Signer | undefined {
  const seed = keyIn(privateKey, PRIVATE);
  if (seed === undefined) return undefined;
  const der = Buffer.concat([PRIVATE_HEAD, Buffer.from(seed, 'base64url')]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = keyText(PUBLIC, createPublicKey(key).export({ format: 'jwk' }).x!);
  return {
    publicKey,
    sign: (result) => `${publicKey} ${sign(null, signedBytes(result), key).toString('base64url')}`,
  };
}

/** Whether the signature of this result was made with the private key of one of these. */
export function isSignedBy(
  keys: readonly string[],
  result: Result,
  signature: string | undefined,
): boolean {
  const [publicKey = '', bytes = ''] = signature?.split(' ') ?? [];
  if (!keys.includes(publicKey)) return false;
  const key = publicKeyOf(publicKey);
  return (
    key !== undefined && verify(null, signedBytes(result), key, Buffer.from(bytes, 'base64url'))
  );
}

function publicKeyOf(text: string): KeyObject | undefined {
  const x = keyIn(text, PUBLIC);
  return x === undefined
    ? undefined
    : createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** What precedes the 32 bytes of an Ed25519 key in PKCS #8. */
const PRIVATE_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** No other result has the same text, because JSON marks where each part ends. */
function signedBytes({ key, outputs }: Result): Buffer {
  const ports = Object.keys(outputs).sort();
  const named = ports.map((port) => [port, outputs[port]]);
  return Buffer.from(JSON.stringify(['pipeline result 1', key, named]));
}
