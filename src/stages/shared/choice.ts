/** A parameter that must be one of several names. An old name is refused with a message that gives the new one. */
import * as v from 'valibot';

export function choice<const N extends readonly string[]>(
  names: N,
  renamed: Readonly<Record<string, N[number]>>,
) {
  return v.picklist(names, ({ input, message }) => {
    const isOld = typeof input === 'string' && Object.hasOwn(renamed, input);
    return isOld ? `${input} is now called ${renamed[input]}` : message;
  });
}
