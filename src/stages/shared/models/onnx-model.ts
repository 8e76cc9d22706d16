export function openOnnxModel(): never {
  throw new Error('x');
}
