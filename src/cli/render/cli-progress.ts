/** Exports cli-progress by name. With a dynamic import, a bundler gives a CommonJS package only a default export. */
export { MultiBar, Presets, SingleBar } from 'cli-progress';
