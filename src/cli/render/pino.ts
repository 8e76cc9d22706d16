/** Exports pino by name. With a dynamic import, a bundler gives a CommonJS package only a default export. */
export { pino } from 'pino';
