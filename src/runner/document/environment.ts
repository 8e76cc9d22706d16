/** `${env.NAME}`: the variables of the process's environment among those of a pipeline. */
import type { LocatedEntry, LocatedMap } from './located.ts';
import { ENVIRONMENT, type Span } from './source.ts';

/**
 * A variable of the pipeline's own may have the name `env`: then that is meant. `onRead` is told of each
 * variable of the environment whose value is looked at; of all, where they are taken as a whole.
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

/** Whatever looks at the value, by whichever way, has to go through here. */
function noted(onRead: () => void, value: LocatedEntry['value']): LocatedEntry {
  return {
    keySpan: value.span,
    get value() {
      onRead();
      return value;
    },
  };
}
