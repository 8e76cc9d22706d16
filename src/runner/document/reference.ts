/** How a reference to a variable is written: `${name.path}`, or `${name.path|quote}` for a shell. */

/** Each reference of a text, and each `$${` that stands for a plain `${`. */
export const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;

const QUOTED = /^(.*?)\s*\|\s*quote\s*$/s;

export interface Reference {
  readonly name: string;
  /** Whether the value is to be one word of a shell. */
  readonly quoted: boolean;
}

/** `expression` is what stands between the braces. */
export function parseReference(expression: string): Reference {
  const quoted = QUOTED.exec(expression);
  return { name: (quoted?.[1] ?? expression).trim(), quoted: quoted !== null };
}
