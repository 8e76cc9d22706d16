/** The instances of a stage, filtered by state and by text. */

import { useState } from 'preact/hooks';
import { counted, duration } from '../../base/units.ts';
import type { StageState } from '../messages.ts';
import { go } from './route.ts';
import { LOOKS, STATES } from './states.ts';
import { clock, fractionOf, groups, membersOf, secondsRun, version } from './store.ts';
import { VirtualList } from './virtual-list.tsx';

export function Instances({ name, place }: { readonly name: string; readonly place: number }) {
  const [only, setOnly] = useState<StageState | undefined>();
  const [words, setWords] = useState('');
  version.value;
  const { counts, running } = groups.value[place]!.value;
  if (running.length > 0) clock.value;
  const asked = words.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = membersOf(place).filter(
    ({ id, state }) =>
      (only === undefined || state === only) &&
      asked.every((word) => id.toLowerCase().includes(word)),
  );
  const one = (index: number) => {
    const instance = shown[index]!;
    const { id, state, seconds } = instance;
    const now = Date.now();
    const fraction = state === 'running' ? fractionOf(instance, now) : undefined;
    const ran = state === 'running' ? secondsRun(instance, now) : seconds;
    return (
      <button
        type="button"
        class={`instance ${state}`}
        onClick={() => go({ view: 'graph', group: name, stage: id })}
      >
        <span class="sign" aria-hidden="true">
          {LOOKS[state].sign}
        </span>
        <span class="name">{id.slice(name.length + 1, -1) || id}</span>
        <span class="what">
          {LOOKS[state].name}
          {fraction !== undefined && ` ${Math.floor(fraction * 100)}%`}
          {ran !== undefined && ` · ${duration(ran)}`}
        </span>
      </button>
    );
  };
  return (
    <div class="instances">
      <fieldset class="filters">
        <legend class="unseen">Show only</legend>
        {STATES.filter((state) => counts[state]).map((state) => (
          <button
            key={state}
            type="button"
            class={`chip ${state}`}
            aria-pressed={only === state}
            onClick={() => setOnly(only === state ? undefined : state)}
          >
            <span aria-hidden="true">{LOOKS[state].sign}</span> {counts[state]} {LOOKS[state].name}
          </button>
        ))}
        <input
          type="search"
          placeholder="method=svd rate=25"
          aria-label="Words that the instance has"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
      </fieldset>
      <p class="faint">{counted(shown.length, 'instance', 'instances')}</p>
      <VirtualList count={shown.length} rowHeight={34} label={`Instances of ${name}`} row={one} />
    </div>
  );
}
