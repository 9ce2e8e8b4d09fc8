import { expect, test } from '@jest/globals';
import { readOwnAddress } from './own-address.ts';

const strict = { allowPrivate: false };

test('an address is read into origin and path', () => {
  const value = { origin: 'https://api.example.com', basePath: '/v1' };
  expect(readOwnAddress('https://API.example.com:443/v1//', strict)).toEqual({ ok: true, value });
  expect(readOwnAddress('https://8.8.8.8', strict)).toEqual({
    ok: true,
    value: { origin: 'https://8.8.8.8', basePath: '' },
  });
});

test.each([
  ['ftp://example.com', 'give an address'],
  ['example.com', 'give an address'],
  ['https://user:secret@example.com', 'user name and password'],
  ['https://example.com/?a=secret', 'without what follows'],
  ['http://example.com', 'https://'],
  ['https://10.0.0.1', 'tenant_keys.allow_private'],
  ['https://[::ffff:7f00:1]', 'tenant_keys.allow_private'],
])('%s is refused', (text, why) => {
  const read = readOwnAddress(text, strict);
  expect(read).toMatchObject({ ok: false, fault: { kind: 'invalid', message: expect.stringContaining(why) } });
  expect(JSON.stringify(read)).not.toContain('secret');
});

test('private addresses and plain text go together', () => {
  const value = { origin: 'http://10.0.0.1:8000', basePath: '/v1' };
  expect(readOwnAddress('http://10.0.0.1:8000/v1', { allowPrivate: true })).toEqual({ ok: true, value });
});
