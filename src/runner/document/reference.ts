/** The syntax of a reference to a variable: `${name.path}`, or `${name.path|quote}` for a shell. */

/** Matches each reference in a text, and each `$${`, the escape for a plain `${`. */
export const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;

const QUOTED = /^(.*?)\s*\|\s*quote\s*$/s;

export interface Reference {
  readonly name: string;
  /** Whether the value is quoted as one word for a shell. */
  readonly quoted: boolean;
}

/** `expression` is the text between the braces. */
export function parseReference(expression: string): Reference {
  const quoted = QUOTED.exec(expression);
  return { name: (quoted?.[1] ?? expression).trim(), quoted: quoted !== null };
}
