/** Properties of every JavaScript object. A schema would skip them, so they are not allowed as keys. */
export const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
