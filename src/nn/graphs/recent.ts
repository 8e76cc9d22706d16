/** What was made for the last few keys, for whoever asks for the same again. */
export class Recent<T> {
  readonly #made = new Map<string, T>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, make: () => T): T {
    const value = this.#made.get(key) ?? make();
    this.#made.delete(key);
    this.#made.set(key, value);
    const [oldest] = this.#made.keys();
    if (this.#made.size > this.#limit) this.#made.delete(oldest!);
    return value;
  }
}
