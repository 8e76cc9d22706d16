/** Names that every object of JavaScript has: a schema would pass over them, so nothing can be named so. */
export const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
