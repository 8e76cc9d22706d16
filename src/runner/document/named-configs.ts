/** The configurations that apply: those of the command line, else those that the pipeline names. */
import { type Located, nodeAt, toPlain } from './located.ts';
import type { Spanned } from './source.ts';

export interface NamedConfigs {
  readonly from: 'pipeline' | 'command line';
  readonly paths: readonly Spanned<string>[];
}

export function namedConfigs(given: readonly string[], root: Located | undefined): NamedConfigs {
  if (given.length > 0) {
    const paths = given.map((value) => ({
      value,
      span: { file: `--config ${value}`, start: 0, end: value.length, line: 1, column: 1 },
    }));
    return { from: 'command line', paths };
  }
  const named = root && nodeAt(root, ['config']);
  const nodes = named?.kind === 'list' ? named.items : named ? [named] : [];
  const paths = nodes.map((node) => ({ value: String(toPlain(node)), span: node.span }));
  return { from: 'pipeline', paths };
}
