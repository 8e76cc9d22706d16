export function kernelsModule(): Promise<string>;
