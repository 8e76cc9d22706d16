/** The errors in the pipeline's documents, with their places. */
import type { Problem } from '../messages.ts';

export function Problems({
  problems,
  read,
}: {
  readonly problems: readonly Problem[];
  readonly read: boolean;
}) {
  if (problems.length === 0) return null;
  return (
    <section class="problems" aria-label="Problems of the pipeline">
      <h2>Could not read the pipeline</h2>
      {read && <p>The page shows the last version that could be read.</p>}
      <ul>
        {problems.map(({ severity, message, place, excerpt }) => (
          <li key={`${place} ${message}`}>
            <p>
              {place !== undefined && <span class="code">{place}</span>} {severity}: {message}
            </p>
            {excerpt !== '' && <pre>{excerpt}</pre>}
          </li>
        ))}
      </ul>
    </section>
  );
}
