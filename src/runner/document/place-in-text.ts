/** The place of a reference in a longer text, such as one line of a command. */
import type { LocatedScalar } from './located.ts';
import { REFERENCE } from './reference.ts';
import { type Span, spanIn } from './source.ts';

/** The place of the reference with this number in the text, or of the entire text if it is unknown. */
export function placeOfReference({ span, source, value }: LocatedScalar, number: number): Span {
  const written = source?.text.slice(span.start, span.end) ?? '';
  const found = [...written.matchAll(REFERENCE)];
  const wanted = [...String(value).matchAll(REFERENCE)];
  const one = found[number];
  // In a quoted text, escapes can make the source of a reference differ from its value.
  if (!source || !one || found.length !== wanted.length || one[0] !== wanted[number]![0])
    return span;
  const start = span.start + one.index;
  return spanIn(source, start, start + one[0].length);
}
