export function kernelModules(): Promise<ReadonlyMap<string, string>>;
