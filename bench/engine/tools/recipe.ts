/** A link, for tools that name files in one folder: a target, its dependencies, a shell line. */
import type { Link } from '../dag.ts';

export interface Recipe {
  readonly target: string;
  readonly needs: readonly string[];
  readonly shell: string;
}

export function recipeOf(link: Link): Recipe {
  const target = fileOf(link.name);
  const needs = needsOf(link);
  return { target, needs, shell: `(cat ${needs.join(' ')}; echo ${link.line}) > ${target}` };
}

export function fileOf(name: string): string {
  return `out/${name}.txt`;
}

/** The predecessor's file is between the source and the leaf, because the text grows at its end. */
function needsOf({ before, files }: Link): string[] {
  return before === undefined ? [...files] : [fileOf(before), ...files];
}
