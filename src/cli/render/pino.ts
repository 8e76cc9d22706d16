/** pino by its name: a bundler gives a package in CommonJS only a default export when it is imported late. */
export { pino } from 'pino';
