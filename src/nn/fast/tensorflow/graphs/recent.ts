/** Keeps the most recently used values, up to a number of entries and a total size. */
export interface RecentOptions<T> {
  readonly limit: number;
  /** The limit on the total size of all entries; unlimited by default. */
  readonly sizeLimit?: number;
  sizeOf?(value: T): number;
  /** Called for a value that is not kept. */
  drop?(value: T): void;
}

export class Recent<T> {
  /** The most recently used value is at the end. */
  readonly #entries = new Map<string, T>();
  readonly #options: RecentOptions<T>;

  constructor(options: RecentOptions<T>) {
    this.#options = options;
  }

  /** The value of `key`, which is made if it is missing. */
  get(key: string, make: () => T): T {
    const value = this.take(key) ?? make();
    this.keep(key, value);
    return value;
  }

  /** Removes and returns the value of `key`. */
  take(key: string): T | undefined {
    const value = this.#entries.get(key);
    this.#entries.delete(key);
    return value;
  }

  /** If the key has a value already, that value stays and `value` is dropped. */
  keep(key: string, value: T): void {
    const { drop } = this.#options;
    if (this.#entries.has(key)) {
      drop?.(value);
      return;
    }
    this.#entries.set(key, value);
    for (const [oldest, one] of this.#entries) {
      if (!this.#isOverFull()) break;
      this.#entries.delete(oldest);
      drop?.(one);
    }
  }

  #isOverFull(): boolean {
    const { limit, sizeLimit = Number.POSITIVE_INFINITY, sizeOf } = this.#options;
    const sizes = Array.from(this.#entries.values(), (value) => sizeOf?.(value) ?? 0);
    return sizes.length > limit || sizes.reduce((sum, size) => sum + size, 0) > sizeLimit;
  }
}
