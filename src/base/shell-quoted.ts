/** Quotes any text as one word of a POSIX shell. Plain words are unchanged, as in Python's `shlex.quote`. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
