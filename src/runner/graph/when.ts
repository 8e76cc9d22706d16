/**
 * `when` selects instances of a stage. Either by values of axes (null keeps all, an empty list keeps none), or by
 * other stages: it keeps an instance if one of them has an instance with the same values on all shared axes.
 */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { interpolate } from '../document/interpolate.ts';
import { type Located, type LocatedMap, type LocatedScalar, textOf } from '../document/located.ts';
import type { StageDeclaration } from '../document/pipeline-document.ts';
import type { Span, Spanned } from '../document/source.ts';
import { didYouMean } from '../document/suggest.ts';
import type { JoinIndex } from './join.ts';
import type { Instance } from './matrix.ts';
import type { Stage } from './pipeline.ts';
import { parseSelector } from './selector.ts';

type Indexes = ReadonlyMap<string, JoinIndex<Stage>>;

/** The stages that a condition names. Empty for a condition on axes. */
export function stagesOf({ when }: StageDeclaration): readonly Spanned<string>[] {
  if (when === undefined || when.kind === 'map') return [];
  const items = when.kind === 'list' ? when.items : [when];
  return items.flatMap((item) =>
    item.kind === 'scalar' ? [{ value: textOf(item), span: item.span }] : [],
  );
}

/**
 * The conditions of a document. Stages may share a list of values, but have different instances. So a value is
 * reported as misspelt only if no stage has an instance with it.
 */
export class Conditions {
  private readonly fitting = new Set<string>();
  private readonly unfit = new Map<string, Diagnostic>();
  private readonly found: Diagnostic[] = [];

  keep(
    declaration: StageDeclaration,
    instances: readonly Instance[],
    variables: LocatedMap,
    indexes: Indexes,
  ): readonly Instance[] {
    const { when } = declaration;
    if (when === undefined || instances.length === 0) return instances;
    if (when.kind === 'map') return this.keepByAxes(when, declaration, instances, variables);
    const selectors = stagesOf(declaration).map(({ value }) => parseSelector(value));
    return instances.filter(({ axes }) =>
      selectors.some(
        (selector) =>
          selector && (indexes.get(selector.name)?.find(selector, axes).length ?? 0) > 0,
      ),
    );
  }

  diagnostics(): readonly Diagnostic[] {
    const misspelt = [...this.unfit].filter(([place]) => !this.fitting.has(place));
    return [...this.found, ...misspelt.map(([, diagnostic]) => diagnostic)];
  }

  private keepByAxes(
    when: LocatedMap,
    { name }: StageDeclaration,
    instances: readonly Instance[],
    variables: LocatedMap,
  ): readonly Instance[] {
    const { root, diagnostics } = interpolate(when, variables);
    for (const one of diagnostics) this.found.push(one);
    const known = new Set(instances.flatMap(({ axes }) => [...axes.keys()]));
    let kept = instances;
    for (const [axis, { keySpan, value }] of (root as LocatedMap).entries) {
      if (!known.has(axis)) {
        this.found.push(
          error(`"${name}" has no axis "${axis}"${didYouMean(axis, known)}`, keySpan),
        );
        continue;
      }
      if (value.kind === 'scalar' && value.value === null) continue;
      const wanted = this.wanted(value);
      const present = new Set(instances.map(({ axes }) => String(axes.get(axis))));
      for (const item of wanted) {
        const place = placeOf(item.span);
        if (present.has(textOf(item))) this.fitting.add(place);
        else {
          const hint = typeof item.value === 'string' ? didYouMean(item.value, present) : '';
          const message = `no instance of "${name}" has ${axis}=${textOf(item)}${hint}`;
          this.unfit.set(place, error(message, item.span));
        }
      }
      const texts = new Set(wanted.map((item) => textOf(item)));
      kept = kept.filter(({ axes }) => axes.has(axis) && texts.has(String(axes.get(axis))));
    }
    return kept;
  }

  private wanted(value: Located): readonly LocatedScalar[] {
    const items = value.kind === 'list' ? value.items : [value];
    for (const item of items) {
      if (item.kind === 'scalar') continue;
      this.found.push(
        error('"when" must have single values of an axis, or a list of them', item.span),
      );
    }
    return items.filter((item) => item.kind === 'scalar');
  }
}

function placeOf({ file, start, end }: Span): string {
  return JSON.stringify([file, start, end]);
}
