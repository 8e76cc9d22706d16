export function takeForeign(..._: unknown[]): {
  layers: unknown[];
  whole: { name: string; reason: string }[];
  parameters: number;
} {
  throw new Error('x');
}
