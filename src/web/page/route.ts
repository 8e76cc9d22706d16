/** The current view, and the stage in the side panel. They are in the address, so that "back" works. */
import { signal } from '@preact/signals';

export const VIEWS = ['graph', 'experiments', 'runs', 'figures'] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  readonly view: View;
  /** The name of a stage: a node of the graph. */
  readonly group?: string;
  /** An instance of it. */
  readonly stage?: string;
}

export const route = signal<Route>(read());

export function go(next: Route): void {
  const { view, group, stage } = next;
  const parts = [
    view,
    ...(group === undefined ? [] : [group]),
    ...(stage === undefined ? [] : [stage]),
  ];
  const address = `#/${parts.map(encodeURIComponent).join('/')}`;
  // A second click on the same tab is no step back.
  if (address !== location.hash) history.pushState(null, '', address);
  route.value = next;
}

export function followAddress(): void {
  const take = (): void => {
    route.value = read();
  };
  addEventListener('popstate', take);
  addEventListener('hashchange', take);
}

function read(): Route {
  const [, view, group, stage] = location.hash.split('/').map(decoded);
  return {
    view: VIEWS.find((one) => one === view) ?? 'graph',
    ...(group && { group }),
    ...(stage && { stage }),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (problem) {
    if (!(problem instanceof URIError)) throw problem;
    return part;
  }
}
