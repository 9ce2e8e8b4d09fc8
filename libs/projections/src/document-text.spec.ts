import { describe, expect, test } from '@jest/globals';
import { decodeDocument, encodeDocument } from './document-text.ts';

describe('the text of a document', () => {
  test('is readable, with sorted fields and tags for what JSON lacks', () => {
    const document = { b: 5n, a: 'x', c: new Uint8Array([1, 2]), d: [null, true, 0.5, -0] };
    expect(encodeDocument(document)).toBe('{"a":"x","b":{"$int":"5"},"c":{"$bytes":"AQI="},"d":[null,true,0.5,-0]}');
  });

  test('tells a tag from a field that looks like one', () => {
    const document = { tags: { $int: '5' }, $bytes: 'AQI=', $$: 1n };
    const text = encodeDocument(document);
    expect(text).toBe('{"$$$":{"$int":"1"},"$$bytes":"AQI=","tags":{"$$int":"5"}}');
    expect(decodeDocument(text)).toEqual(document);
  });

  test('leaves out fields that are undefined', () => {
    expect(encodeDocument({ a: undefined as unknown as null, b: 1n })).toBe('{"b":{"$int":"1"}}');
  });

  test('keeps a field called __proto__ a field', () => {
    const document = JSON.parse('{"__proto__":{"x":1},"$a":{"__proto__":"y"}}');
    const back = decodeDocument(encodeDocument(document));
    expect(Object.keys(back).sort()).toEqual(['$a', '__proto__']);
    expect(encodeDocument(back)).toBe(encodeDocument(document));
  });
});
