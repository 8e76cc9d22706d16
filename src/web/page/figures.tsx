/** The images and pages that the last stages made. */
import type { FiguresAnswer } from '../answers.ts';
import { objectAddress } from '../messages.ts';
import { useQuery } from './query.ts';
import { readings } from './store.ts';

export function Figures() {
  const { value, error } = useQuery<FiguresAnswer>('/api/figures', {}, readings.value);
  if (error) return <p class="error">{error}</p>;
  if (!value) return <p class="faint">…</p>;
  const { images, pages } = value;
  const all = [...images, ...pages];
  if (all.length === 0) {
    return <p class="faint">The last stages of this pipeline have made no pictures yet.</p>;
  }
  return (
    <section class="figures-view" aria-label="Figures">
      <h2>Figures</h2>
      {all.some(({ stale }) => stale) && (
        <p class="note">
          {all.every(({ stale }) => stale) ? 'These figures' : 'Some figures'} are out of date:
          their stages have to run again.
        </p>
      )}
      {pages.length > 0 && (
        <ul class="pages">
          {pages.map(({ stage, artifact, path, stale }) => (
            <li key={`${artifact} ${path}`}>
              <a href={objectAddress(artifact, path)} target="_blank" rel="noopener">
                {stage}: {path}
              </a>
              {stale && <span class="faint"> (out of date)</span>}
            </li>
          ))}
        </ul>
      )}
      <div class="figures">
        {images.map(({ stage, artifact, path, stale }) => (
          <figure key={`${artifact} ${path}`}>
            <a href={objectAddress(artifact, path)} target="_blank" rel="noopener">
              <img src={objectAddress(artifact, path)} alt={path} loading="lazy" />
            </a>
            <figcaption>
              {path}{' '}
              <span class="faint">
                {stage}
                {stale && ' (out of date)'}
              </span>
            </figcaption>
          </figure>
        ))}
      </div>
    </section>
  );
}
