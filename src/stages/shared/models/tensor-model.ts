export function openTensorModel(): never {
  throw new Error('x');
}
