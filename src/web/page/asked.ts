/** An answer of the server, asked for again whenever what it hangs on changes. */
import { useEffect, useState } from 'preact/hooks';
import { ask } from './server.ts';

export interface Asked<T> {
  readonly value?: T;
  readonly error?: string;
}

/** The last answer stays until the next one is there; of another question it does not. */
export function useAnswer<T>(
  path: string,
  query: Readonly<Record<string, string>>,
  again: unknown,
): Asked<T> {
  const question = `${path}?${new URLSearchParams(query)}`;
  const [answer, setAnswer] = useState<Asked<T> & { readonly question?: string }>({});
  useEffect(() => {
    let late = false;
    ask<T>(path, query).then(
      (value) => !late && setAnswer({ question, value }),
      (problem: Error) => !late && setAnswer({ question, error: problem.message }),
    );
    return () => {
      late = true;
    };
  }, [question, again]);
  return answer.question === question ? answer : {};
}
