/** Options of Node that are not for its children: what to do is theirs to know. */
const WITH_WORD = new Set(['-e', '--eval', '-p', '--print', '-pe', '--input-type']);
const WITHOUT = /^(-i|--interactive|--(eval|print|input-type)=.*)$/s;

/** Of the options that a Node process was started with, those that a child of it is to have. */
export function inheritedOptions(given: readonly string[]): readonly string[] {
  const words = given.filter(
    (word, i) => !WITH_WORD.has(word) && !WITH_WORD.has(given[i - 1] ?? ''),
  );
  return words.filter((word) => !WITHOUT.test(word));
}
