/** `${env.NAME}`: adds the environment variables of the process to the variables of a pipeline. */
import type { LocatedEntry, LocatedMap } from './located.ts';
import { ENVIRONMENT, type Span } from './source.ts';

/**
 * If the pipeline declares a variable `env`, that one is used instead. `onRead` is called for each
 * environment variable whose value is read, and for all of them if `${env}` is used without a name.
 */
export function withEnvironment(
  variables: LocatedMap,
  environment: Readonly<Record<string, string | undefined>>,
  onRead: (name: string) => void = () => undefined,
): LocatedMap {
  const span: Span = { file: ENVIRONMENT, start: 0, end: 0, line: 1, column: 1 };
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined
      ? []
      : ([[name, noted(() => onRead(name), { kind: 'scalar', value, span })]] as const),
  );
  const env: LocatedMap = { kind: 'map', entries: new Map(entries), span };
  return {
    ...variables,
    entries: new Map([['env', { keySpan: span, value: env }], ...variables.entries]),
  };
}

/** A getter, so that every read of the value is noticed. */
function noted(onRead: () => void, value: LocatedEntry['value']): LocatedEntry {
  return {
    keySpan: value.span,
    get value() {
      onRead();
      return value;
    },
  };
}
