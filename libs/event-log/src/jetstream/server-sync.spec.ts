import { expect, test } from '@jest/globals';
import { syncModeIn } from './server-sync.ts';

test.each([
  [{ data: { config: { store_dir: '/data', sync_always: true } } }, 'always'],
  [{ data: { config: { store_dir: '/data', sync_interval: 120_000_000_000 } } }, 'lazy'],
  [{ data: { disabled: true } }, 'unknown'],
  [{ error: { code: 401 } }, 'unknown'],
])('what a server tells of itself, %j, means %s', (answer, mode) => {
  expect(syncModeIn(answer)).toBe(mode);
});
