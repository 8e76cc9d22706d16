/** Runs at most some functions at once. Of those that wait, the one with the highest rank is next. */
export class Slots {
  private free: number;
  /** In the order in which they start. */
  private readonly waiting: { readonly rank: number; readonly start: () => void }[] = [];

  constructor(count: number) {
    this.free = count;
  }

  /** Functions of the same rank start in the order in which they came. */
  async run<T>(act: () => Promise<T>, rank = 0): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((start) => this.wait(rank, start));
    try {
      return await act();
    } finally {
      const next = this.waiting.shift();
      if (next) next.start();
      else this.free++;
    }
  }

  private wait(rank: number, start: () => void): void {
    let [from, to] = [0, this.waiting.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.waiting[middle]!.rank >= rank) from = middle + 1;
      else to = middle;
    }
    this.waiting.splice(from, 0, { rank, start });
  }
}
