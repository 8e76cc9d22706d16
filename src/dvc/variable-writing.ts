/** Decides how references to variables are written, and reports values that changed. */
import type { Span } from '../runner/index.ts';
import type { Findings } from './findings.ts';
import type { LiveVariables } from './live-variables.ts';
import type { TextPiece, Writing } from './text.ts';

/** `exact` are variables in paths, whose texts must be exactly those of DVC. */
export function variableWriting(
  live: LiveVariables,
  exact: ReadonlySet<string>,
  findings: Findings,
): Omit<Writing, 'axis'> {
  return {
    isLive: ({ variable, plain }: TextPiece): boolean => {
      if (variable === undefined || !live.isLive(variable)) return false;
      return plain === undefined || !exact.has(variable);
    },
    frozen: ({ origin }: TextPiece, span: Span): void => {
      const meaning = 'changes there have no effect; import again, or list it under "params"';
      findings.note(`the value of "${origin}" is copied`, span, meaning);
    },
    rewritten: ({ variable, text, plain }: TextPiece, span: Span): void => {
      const meaning = 'it is the same number; if a program reads the text, write it in quotes';
      findings.note(`"${variable}" reads ${plain} here and ${text} in DVC`, span, meaning);
    },
  };
}
