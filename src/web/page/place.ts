/** What is shown: a view, and the stage beside the graph. It stands in the address, so that "back" works. */
import { signal } from '@preact/signals';

export const VIEWS = ['graph', 'runs', 'figures'] as const;
export type View = (typeof VIEWS)[number];

export interface Place {
  readonly view: View;
  /** A node of the graph: the name of a stage of the document. */
  readonly group?: string;
  /** An instance of it. */
  readonly stage?: string;
}

export const place = signal<Place>(read());

export function go(next: Place): void {
  const { view, group, stage } = next;
  const parts = [
    view,
    ...(group === undefined ? [] : [group]),
    ...(stage === undefined ? [] : [stage]),
  ];
  history.pushState(null, '', `#/${parts.map(encodeURIComponent).join('/')}`);
  place.value = next;
}

export function followAddress(): void {
  const take = (): void => {
    place.value = read();
  };
  addEventListener('popstate', take);
  addEventListener('hashchange', take);
}

function read(): Place {
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
