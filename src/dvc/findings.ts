/**
 * The findings in a dvc.yaml: problems, after which nothing is written, and notes on parts that could not be converted
 * exactly.
 */
import { type Diagnostic, error, type Span } from '../runner/index.ts';

export class Findings {
  private readonly found = new Map<string, Diagnostic>();
  private readonly partial: boolean;

  /** `partial`: parts that DVC would not run either are omitted with a note. Otherwise they are problems. */
  constructor(partial: boolean) {
    this.partial = partial;
  }

  get problems(): readonly Diagnostic[] {
    return [...this.found.values()].filter((one) => one.severity === 'error');
  }

  get notes(): readonly Diagnostic[] {
    return [...this.found.values()].filter((one) => one.severity === 'warning');
  }

  /** The document is not a valid DVC document. */
  problem(diagnostic: Diagnostic): void {
    // The same error in several instances of a stage is reported once.
    this.found.set(JSON.stringify(diagnostic), diagnostic);
  }

  /** The document is well-formed, but DVC refuses to run it. `instead` says what a partial import does. */
  fault(message: string, span: Span, instead: string, more: FaultDetails = {}): void {
    if (this.partial) this.note(message, span, instead);
    else this.problem(error(message, span, more));
  }

  /** `meaning` says what the consequence is and what to do. */
  note(message: string, span: Span, meaning: string): void {
    this.problem({ severity: 'warning', message, span, suggestion: meaning });
  }
}

type FaultDetails = Pick<Diagnostic, 'related' | 'suggestion'>;
