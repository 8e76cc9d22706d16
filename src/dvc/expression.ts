/**
 * Splits texts at DVC's `${...}` into plain text and references. It resolves nothing.
 *
 * `\${` is a plain `${`. A name is words with `.word` or `[word]` after them.
 */
import { fail, ok, type Result } from '../base/result.ts';

export type TemplatePiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reference'; readonly path: readonly string[] };

const EXPRESSION = /(?<!\\)\$\{(.*?)\}/g;
const NAME = /^[^.[\]]+(?:\.[^.[\]]+|\[[^.[\]]+\])*$/;

/** Fails with the expression that is no name. */
export function parseTemplate(template: string): Result<readonly TemplatePiece[], string> {
  const pieces: TemplatePiece[] = [];
  const addText = (text: string): void => {
    if (text !== '') pieces.push({ kind: 'text', text: text.replaceAll('\\${', () => '${') });
  };
  let end = 0;
  for (const match of template.matchAll(EXPRESSION)) {
    const inner = match[1]!;
    if (!NAME.test(inner)) return fail(match[0]);
    addText(template.slice(end, match.index));
    const path = inner.replaceAll('[', '.').replaceAll(']', '').split('.');
    pieces.push({ kind: 'reference', path: path.map((step) => step.trim()) });
    end = match.index + match[0].length;
  }
  addText(template.slice(end));
  return ok(pieces);
}

export function hasExpression(text: string): boolean {
  return text.search(EXPRESSION) >= 0;
}
