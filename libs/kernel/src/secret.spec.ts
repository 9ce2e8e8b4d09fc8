import { format, inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Secret } from './index.ts';

const waysToShow: [name: string, show: (secret: Secret) => string][] = [
  ['in a template', (secret) => `${secret}`],
  ['added to text', (secret) => String(secret)],
  ['as JSON', (secret) => JSON.stringify({ secret })],
  ['inspected', (secret) => inspect({ secret }, { depth: 9, showHidden: true, getters: true })],
  ['inspected without our own words', (secret) => inspect(secret, { customInspect: false, showHidden: true })],
  ['logged', (secret) => ['%s', '%o', '%O', '%j', '%d'].map((each) => format(each, secret)).join()],
  ['copied field by field', (secret) => JSON.stringify({ ...secret })],
  ['cloned', (secret) => inspect(structuredClone({ ...secret }))],
  ['in an error', (secret) => inspect(new Error('failed', { cause: secret }), { showHidden: true })],
  ['by its keys', (secret) => JSON.stringify(Reflect.ownKeys(secret).map(String))],
];

describe('a secret', () => {
  test.each(waysToShow)('does not show %s', (_name, show) => {
    expect(show(new Secret('sk-very-secret'))).not.toContain('very-secret');
  });

  test('says that something was left out', () => {
    expect(`${new Secret('x')} ${JSON.stringify(new Secret('x'))}`).toBe('[redacted] "[redacted]"');
  });

  test('is given away as it was, on request alone', () => {
    fc.assert(fc.property(fc.string(), (value) => expect(new Secret(value).reveal()).toBe(value)));
  });
});
