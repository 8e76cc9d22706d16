/**
 * What is told of a dvc.yaml: problems, for which nothing is written, and notes on what could not be
 * carried over as it was.
 */
import { type Diagnostic, error, type Span } from '../runner/index.ts';

export class Findings {
  private readonly told = new Map<string, Diagnostic>();
  private readonly partial: boolean;

  /** `partial`: what DVC would not run either is left out and noted, rather than a problem. */
  constructor(partial: boolean) {
    this.partial = partial;
  }

  get problems(): readonly Diagnostic[] {
    return [...this.told.values()].filter((one) => one.severity === 'error');
  }

  get notes(): readonly Diagnostic[] {
    return [...this.told.values()].filter((one) => one.severity === 'warning');
  }

  /** The document is not one of DVC's. */
  problem(diagnostic: Diagnostic): void {
    // The same fault in each instance of a stage is one fault.
    this.told.set(JSON.stringify(diagnostic), diagnostic);
  }

  /** The document is well-formed, but DVC refuses to run it; `instead` is what a partial import does. */
  fault(message: string, span: Span, instead: string, more: FaultDetails = {}): void {
    if (this.partial) this.note(message, span, instead);
    else this.problem(error(message, span, more));
  }

  /** `meaning` says what follows from it and what to do. */
  note(message: string, span: Span, meaning: string): void {
    this.problem({ severity: 'warning', message, span, suggestion: meaning });
  }
}

type FaultDetails = Pick<Diagnostic, 'related' | 'suggestion'>;
