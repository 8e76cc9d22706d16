/**
 * The last lines that stages have printed. If a stage has many instances, their output is not shown, only the end of it
 * when an instance fails.
 */
const MOST_LINES = 10;

export class LastOutput {
  private readonly lines = new Map<string, readonly string[]>();

  add(stage: string, message: string): void {
    const before = this.lines.get(stage) ?? [];
    this.lines.set(stage, [...before, ...message.split('\n')].slice(-MOST_LINES));
  }

  /** Returns the lines of a stage and forgets them. */
  take(stage: string): readonly string[] {
    const lines = this.lines.get(stage) ?? [];
    this.forget(stage);
    return lines;
  }

  forget(stage: string): void {
    this.lines.delete(stage);
  }
}
