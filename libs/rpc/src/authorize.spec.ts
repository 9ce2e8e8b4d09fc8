import { expect, test } from '@jest/globals';
import { allowOnly } from './authorize.ts';

const authorize = allowOnly({ '/a.A/Do': ['gateway', 'cost'], '/a.A/Never': [] });

test.each<[string, string | undefined, boolean]>([
  ['/a.A/Do', 'gateway', true],
  ['/a.A/Do', 'cost', true],
  ['/a.A/Do', 'selector', false],
  ['/a.A/Never', 'gateway', false],
  ['/a.A/Unknown', 'gateway', false],
  ['/a.A/toString', 'gateway', false],
  ['toString', 'gateway', false],
  ['/a.A/Never', undefined, true],
])('whether %s may be called by %s: %p', (path, caller, may) => {
  const refusal = authorize(path, caller);
  expect(refusal?.kind).toBe(may ? undefined : 'forbidden');
});
