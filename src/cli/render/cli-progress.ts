/** cli-progress by its names: imported late, a bundler gives a package in CommonJS only a default export. */
export { MultiBar, Presets, SingleBar } from 'cli-progress';
