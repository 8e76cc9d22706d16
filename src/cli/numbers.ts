/** Numbers that options take. */
import { InvalidArgumentError } from 'commander';

export function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('it is a number from 1 up.');
  return number;
}

export function share(text: string): number {
  const number = Number(text);
  if (!(number >= 0 && number < 1))
    throw new InvalidArgumentError('it is a number from 0 to less than 1.');
  return number;
}
