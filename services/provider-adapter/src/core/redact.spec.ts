import { describe, expect, test } from '@jest/globals';
import { keptOf, redactPieces, redactText } from './redact.ts';

const key = 'sk-proj-0123456789abcdefghij';

describe('redaction', () => {
  test.each([
    key,
    'sk-ant-api03-abcdefghijklmnop_qrstuvwxyz-0123',
    `AIza${'a1-_'.repeat(9)}`,
    'gho_0123456789abcdefghij',
    'AKIA0123456789ABCDEF',
    `eyJhbGciOiJIUzI1NiJ9.${'a'.repeat(20)}.${'b'.repeat(20)}`,
  ])('takes out %s and keeps the length', (secret) => {
    const text = `before ${secret} after`;
    const redacted = redactText(text, []);
    expect(redacted).toHaveLength(text.length);
    expect(redacted).toMatch(/^before x+ after$/);
  });

  test('takes out a known key whatever it looks like', () => {
    expect(redactText('the key is swordfish', ['swordfish', ''])).toBe('the key is xxxxxxxxx');
  });

  test.each(['a task-force of ten-thousand-and-one people', 'skills', 'the model gpt-4o-mini-2024-07-18'])(
    'leaves alone what is no key: %s',
    (text) => {
      expect(redactText(text, [])).toBe(text);
    },
  );

  test('finds a key across the seams of pieces, among bytes of any kind', () => {
    const bytes = Buffer.from(`ä ${key} ö`);
    const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
    const redacted = redactPieces(pieces, []);
    expect(redacted.map(({ length }) => length)).toEqual(pieces.map(({ length }) => length));
    expect(Buffer.concat(redacted).toString()).toBe(`ä ${'x'.repeat(key.length)} ö`);
  });

  test('keeps of the headers those that say how to read the answer', () => {
    const headers = {
      'content-type': 'text/event-stream',
      'x-request-id': 'req_1',
      'x-ratelimit-remaining-tokens': '5',
      'set-cookie': 'session=1',
      'openai-organization': 'acme',
    };
    expect(Object.keys(keptOf(headers, []))).toEqual(['content-type', 'x-request-id', 'x-ratelimit-remaining-tokens']);
  });
});
