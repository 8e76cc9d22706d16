/** What is wrong with the pipeline's documents, each with its place. */
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
      <h2>The pipeline can't be read</h2>
      {read && <p>What is shown below is what it was before.</p>}
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
