/**
 * The two keys of a key pair as texts: `ed25519:...` is public, `ed25519-private:...` is private.
 * Each is followed by 32 bytes in base64url.
 */
const FORM = /^(ed25519(?:-private)?):([\w-]{43})$/;

export const PUBLIC = 'ed25519';
export const PRIVATE = 'ed25519-private';

export function keyText(kind: typeof PUBLIC | typeof PRIVATE, base64url: string): string {
  return `${kind}:${base64url}`;
}

/** The bytes of the key in base64url. Undefined if the text is not such a key. */
export function keyIn(text: string, kind: typeof PUBLIC | typeof PRIVATE): string | undefined {
  const [, found, bytes] = FORM.exec(text) ?? [];
  return found === kind ? bytes : undefined;
}

/** Why a text in a list of public keys is refused, as the end of a sentence. Undefined if it is one. */
export function publicKeyFault(text: string): string | undefined {
  if (keyIn(text, PUBLIC) !== undefined) return undefined;
  return text.startsWith(PRIVATE)
    ? 'is a private key, which no file of the project may contain'
    : 'is not the public key of a key pair';
}
