/**
 * Knows which stage makes which path, and finds what DVC refuses: two stages with the same output, an output inside
 * another, a stage that depends on itself.
 */
import type { Findings } from './findings.ts';
import { isWithin, outsideReason } from './path.ts';
import type { DvcInstance, DvcOut, DvcPath } from './stage-reader.ts';

export interface Product {
  readonly instance: DvcInstance;
  readonly out: DvcOut;
}

/** The position of a dependency relative to an output: the same path, inside it, or around it. */
export type Relation = 'same' | 'inside' | 'around';

export interface Need {
  readonly dep: DvcPath;
  readonly relation: Relation;
  readonly product: Product;
}

export class Producers {
  private readonly products: readonly Product[];
  private readonly byPath = new Map<string, Product>();

  constructor(instances: readonly DvcInstance[]) {
    this.products = instances.flatMap((instance) =>
      instance.outs
        .filter(({ path }) => outsideReason(path) === undefined)
        .map((out) => ({ instance, out })),
    );
    for (const product of this.products) {
      if (!this.byPath.has(product.out.path)) this.byPath.set(product.out.path, product);
    }
  }

  /** The outputs of other stages at a path. Several if the path is a folder around them. */
  needsOf(dep: DvcPath): readonly Need[] {
    const { path } = dep;
    const same = this.byPath.get(path);
    if (same) return [{ dep, relation: 'same', product: same }];
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const product = this.byPath.get(path.slice(0, at));
      if (product) return [{ dep, relation: 'inside', product }];
    }
    return this.within(path).map((product) => ({ dep, relation: 'around', product }));
  }

  /** The outputs in a folder. */
  within(folder: string): readonly Product[] {
    const found = this.products.filter(({ out }) => out.path.startsWith(`${folder}/`));
    return found.filter(
      ({ out }, index) => found.findIndex((one) => one.out.path === out.path) === index,
    );
  }

  /** DVC compares all outputs of a project. */
  checkOverlaps(findings: Findings): void {
    const sorted = [...this.products].sort((a, b) => order(a.out.path, b.out.path));
    const around: Product[] = [];
    for (const product of sorted) {
      while (around.length > 0 && !isWithin(product.out.path, around.at(-1)!.out.path))
        around.pop();
      const outer = around.at(-1);
      if (outer) reportOverlap(outer, product, findings);
      else around.push(product);
    }
  }
}

/** Sorts the files of a folder directly after it. */
function order(a: string, b: string): number {
  const [x, y] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')];
  return x < y ? -1 : x > y ? 1 : 0;
}

function reportOverlap(one: Product, other: Product, findings: Findings): void {
  const [first, second] =
    one.out.text.span.start <= other.out.text.span.start ? [one, other] : [other, one];
  const same = one.out.path === other.out.path;
  const [a, b] = [first.instance.name, second.instance.name];
  const message = same
    ? a === b
      ? `"${a}" makes "${one.out.path}" twice`
      : `"${a}" and "${b}" both make "${one.out.path}"`
    : `the output "${other.out.path}" of "${other.instance.name}" is inside the output "${one.out.path}" of "${one.instance.name}"`;
  const span = first.out.text.span;
  const related = [{ message: 'the first', span }];
  const instead = 'stages that depend on this path get the output of the first';
  const suggestion = 'give each stage different paths';
  findings.fault(message, second.out.text.span, instead, { related, suggestion });
}

/** The dependencies that close a cycle. Each is reported. */
export function checkCycles(
  needs: ReadonlyMap<DvcInstance, readonly Need[]>,
  findings: Findings,
): ReadonlySet<Need> {
  const done = new Set<DvcInstance>();
  const closing = new Set<Need>();
  const visit = (instance: DvcInstance, open: readonly DvcInstance[]): void => {
    if (done.has(instance)) return;
    for (const need of needs.get(instance) ?? []) {
      const { dep, product } = need;
      const next = product.instance;
      const at = next === instance ? open.length : open.indexOf(next);
      if (at < 0) visit(next, [...open, instance]);
      else {
        closing.add(need);
        const names = [...open.slice(at), instance, next].map(({ name }) => name).join(' -> ');
        const message =
          next === instance
            ? `"${instance.name}" depends on its own output "${product.out.path}"`
            : `these stages depend on each other: ${names}`;
        const instead = 'this dependency is treated as a file of the project';
        const related = [{ message: `"${product.out.path}" is made`, span: product.out.text.span }];
        findings.fault(message, dep.text.span, instead, { related });
      }
    }
    done.add(instance);
  };
  for (const instance of needs.keys()) visit(instance, []);
  return closing;
}
