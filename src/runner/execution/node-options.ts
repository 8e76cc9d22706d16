/** Options of Node that a child process must not inherit, because they say what to execute. */
const WITH_WORD = new Set(['-e', '--eval', '-p', '--print', '-pe', '--input-type']);
const WITHOUT = /^(-i|--interactive|--(eval|print|input-type)=.*)$/s;

/** The options that a child process inherits from the options of this process. */
export function inheritedOptions(given: readonly string[]): readonly string[] {
  const words = given.filter(
    (word, i) => !WITH_WORD.has(word) && !WITH_WORD.has(given[i - 1] ?? ''),
  );
  return words.filter((word) => !WITHOUT.test(word));
}
