/** Parsers for numeric options. */
import { InvalidArgumentError } from 'commander';

export function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('Expected an integer >= 1.');
  return number;
}

export function share(text: string): number {
  const number = Number(text);
  if (!(number >= 0 && number < 1))
    throw new InvalidArgumentError('Expected a number >= 0 and < 1.');
  return number;
}
