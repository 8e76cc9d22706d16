/** Reads a `.netrc` file, in which curl, git and others look for passwords by the name of a host. */
export interface NetrcEntry {
  readonly login: string;
  readonly password: string;
}

/** The first entry of the host, else the one that is called `default`. */
export function netrcEntry(text: string, host: string): NetrcEntry | undefined {
  const words = wordsOf(text);
  let entry: { login: string; password: string } | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === 'machine' || word === 'default') {
      if (entry) return entry;
      const name = word === 'machine' ? words[++at] : host;
      if (name === host) entry = { login: '', password: '' };
    } else if (word === 'login' || word === 'password') {
      const value = words[++at] ?? '';
      if (entry) entry[word] = value;
    } else if (word === 'account') at++;
  }
  return entry;
}

/** Without comments, and without macros, which end at an empty line. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let isMacro = false;
  for (const line of text.split('\n')) {
    isMacro = line.trim() !== '' && (isMacro || /^\s*macdef\b/.test(line));
    if (isMacro || line.trimStart().startsWith('#')) continue;
    for (const word of line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []) {
      words.push(word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word);
    }
  }
  return words;
}
