/** The editions whose newest results are shown in the artifacts folder. */
import { entriesOf, lookWith, type OnUnreadable } from './inventory.ts';
import type { Layout } from './layout.ts';

/**
 * The main one is always among them. A user who deletes the folder of another one no longer needs its results. An
 * unreadable artifacts folder throws, or is given to `onUnreadable`.
 */
export function editionsIn(main: Layout, onUnreadable?: OnUnreadable): readonly Layout[] {
  const entries = lookWith(onUnreadable)(main.root, entriesOf) ?? [];
  const others = entries.flatMap((entry) => {
    const layout = entry.isDirectory() || entry.isSymbolicLink() ? main.ofFolder(entry.name) : main;
    return layout && layout !== main ? [layout] : [];
  });
  return [main, ...others];
}
