/** What decides and makes stages while a run goes on. A run that finds all of them made does without it. */
export { decide } from './decide.ts';
export { Preparing } from './preparing.ts';
export { attemptWithRetries } from './retries.ts';
export { Scheduler } from './scheduler.ts';
export { urgencies } from './urgency.ts';
