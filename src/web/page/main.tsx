/** The page of `pipeline ui`: subscribes to the server and renders. */
import { render } from 'preact';
import { Experiments } from './experiments.tsx';
import { Figures } from './figures.tsx';
import { Graph } from './graph.tsx';
import { Failures, Head } from './head.tsx';
import { Panel } from './panel.tsx';
import { followPrinting } from './printing.ts';
import { Problems } from './problems.tsx';
import { followAddress, route } from './route.ts';
import { Runs } from './runs.tsx';
import { listen, takeToken } from './server.ts';
import { announcement, pipeline } from './store.ts';

function Page() {
  const { view, group } = route.value;
  const known = pipeline.value;
  return (
    <>
      <Head />
      <main class={view === 'graph' && group !== undefined ? 'with-panel' : ''}>
        <div class="view">
          {known && <Problems problems={known.problems} read={known.read} />}
          <Failures />
          {view === 'graph' &&
            (known?.read ? (
              <Graph />
            ) : (
              known?.problems.length === 0 && <p class="faint">reading the pipeline…</p>
            ))}
          {view === 'experiments' && <Experiments />}
          {view === 'runs' && <Runs />}
          {view === 'figures' && <Figures />}
        </div>
        {view === 'graph' && <Panel />}
      </main>
      {known && known.notes.length > 0 && <footer class="faint">{known.notes.join('; ')}</footer>}
      <div class="unseen" role="status">
        {announcement.value}
      </div>
    </>
  );
}

takeToken();
followAddress();
followPrinting();
listen();
render(<Page />, document.getElementById('page')!);
