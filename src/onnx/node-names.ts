/** A unique name for each node. The file may leave names out, or repeat them. */
import type { StoredNode } from './stored-graph.ts';

export class NodeNames {
  /** Name -> how often it was asked for. */
  readonly #taken = new Map<string, number>();

  of({ name, operation, outputs }: StoredNode): string {
    const output = outputs.find((one) => one !== '') ?? operation;
    if (name === '') return this.#numbered(output);
    return this.#taken.has(name) ? this.#numbered(`${name}:${output}`) : this.#numbered(name);
  }

  #numbered(wish: string): string {
    let count = this.#taken.get(wish) ?? 0;
    let name = wish;
    for (; this.#taken.has(name); name = `${wish}:${count}`) count++;
    this.#taken.set(wish, count);
    if (name !== wish) this.#taken.set(name, 1);
    return name;
  }
}
