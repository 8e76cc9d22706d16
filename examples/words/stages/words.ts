// stages/words.ts
export function wordsOf(text: string, shortest: number): string[] {
  return (text.toLowerCase().match(/[a-z]+/g) ?? []).filter((word) => word.length >= shortest);
}
