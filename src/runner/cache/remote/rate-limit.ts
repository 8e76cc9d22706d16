/** Spreads bytes over time, so that all transfers together stay below a limit. */
export class RateLimit {
  private readonly bytesPerMs: number;
  /** When the bytes that were announced so far have passed. */
  private end = 0;

  constructor(bytesPerSecond: number) {
    this.bytesPerMs = bytesPerSecond / 1000;
  }

  /** How many milliseconds to wait before these bytes. `now` is in milliseconds. */
  delay(bytes: number, now: number): number {
    const start = Math.max(this.end, now);
    this.end = start + bytes / this.bytesPerMs;
    return start - now;
  }
}
