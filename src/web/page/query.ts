/** An answer of the server. It is requested again when its dependencies change. */
import { useEffect, useState } from 'preact/hooks';
import { ask } from './server.ts';

export interface Query<T> {
  readonly value?: T;
  readonly error?: string;
}

/** The last answer to the same question stays until the next one arrives. */
export function useQuery<T>(
  path: string,
  query: Readonly<Record<string, string>>,
  again: unknown,
): Query<T> {
  const question = `${path}?${new URLSearchParams(query)}`;
  const [answer, setAnswer] = useState<Query<T> & { readonly question?: string }>({});
  useEffect(() => {
    let outdated = false;
    ask<T>(path, query).then(
      (value) => !outdated && setAnswer({ question, value }),
      (problem: Error) => !outdated && setAnswer({ question, error: problem.message }),
    );
    return () => {
      outdated = true;
    };
  }, [question, again]);
  return answer.question === question ? answer : {};
}
