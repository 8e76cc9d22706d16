/** A text as one word of a POSIX shell, whatever it holds; a plain word stays as it is. As Python's `shlex.quote`. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
