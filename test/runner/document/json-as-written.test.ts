/** JSON that a command finds has each number as its author wrote it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laid } from './laid-files.ts';

describe('JSON that is written for a command', () => {
  const text = `{ "seed": 12345678901234567891, "one": 1.0, "small": 1e-7, "big": 1E400, "nan": NaN,
  "inf": [-Infinity, Infinity], "text": "1.0", "sign": "\\u0085 \\ud83d\\ude42 \\" \\\\ \\/", "none": null, "on": true, "": {} }`;
  const values = `"seed": 12345678901234567891,
  "one": 1.0,
  "small": 1e-7,
  "big": 1E400,
  "nan": NaN,
  "inf": [
    -Infinity,
    Infinity
  ],
  "text": "1.0",
  "sign": "\u0085 🙂 \\" \\\\ /",
  "none": null,
  "on": true,
  "": {}`;

  it('has each number as written', () => {
    expect(laid(text, 'params.json')).toBe(`{\n  ${values}\n}\n`);
  });

  it('is the output of JSON.stringify if the values are enough', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (json) => {
        fc.pre(!/__proto__|constructor|prototype/.test(JSON.stringify(json)));
        const text = JSON.stringify({ a: json }, null, 2);
        expect(JSON.parse(laid(text, 'p.json'))).toEqual(JSON.parse(text));
      }),
    );
  });
});
