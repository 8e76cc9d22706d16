/** The side of the page: the instances of the chosen stage, or one of them. */
import { useEffect, useRef } from 'preact/hooks';
import { Curves } from './curves.tsx';
import { Instances } from './instances.tsx';
import { go, route } from './route.ts';
import { StagePanel } from './stage-panel.tsx';
import { membersOf, pipeline } from './store.ts';

export function Panel() {
  const { group, stage } = route.value;
  const head = useRef<HTMLHeadingElement>(null);
  // Keyboard users continue from its heading.
  useEffect(() => head.current?.focus({ preventScroll: true }), [group, stage]);
  const index = pipeline.value?.groups.findIndex(({ name }) => name === group) ?? -1;
  if (group === undefined) return null;
  const many = index >= 0 && membersOf(index).length > 1;
  const close = (): void => {
    go({ view: 'graph' });
    document.querySelector<HTMLElement>(`.node[title="${CSS.escape(group)}"]`)?.focus();
  };
  return (
    <aside
      class="panel"
      aria-label="Stage"
      onKeyDown={(event) => {
        // In a search field, the browser clears the text.
        const isSearch = event.target instanceof HTMLInputElement && event.target.type === 'search';
        if (event.key === 'Escape' && !(isSearch && event.target.value !== '')) close();
      }}
    >
      <div class="panel-head">
        {many && stage !== undefined && (
          <button type="button" class="plain back" onClick={() => go({ view: 'graph', group })}>
            ← {group}
          </button>
        )}
        <h2 ref={head} tabIndex={-1}>
          {(stage ?? group).split(/(?<=[,[])/).map((part, i) => (
            <>
              {i > 0 && <wbr />}
              {part}
            </>
          ))}
        </h2>
        <button type="button" class="plain close" aria-label="Close" onClick={close}>
          ✕
        </button>
      </div>
      {stage !== undefined ? (
        <StagePanel key={stage} id={stage} />
      ) : index >= 0 ? (
        <>
          <Curves key={`curves of ${group}`} id={group} />
          <Instances key={group} name={group} place={index} />
        </>
      ) : (
        <p class="faint">There is no stage {group} in this pipeline.</p>
      )}
    </aside>
  );
}
