import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { copilotVersionLabel, ownVersion } from './copilot-version.ts';

const at = BigInt(Date.parse('2024-12-15T23:59:59Z')) * 1000n;
const headers = { 'editor-plugin-version': 'copilot-chat/0.26.7' };

test.each([
  [{ clientVersion: '1.50.0', headers }, 'copilot-v1.50.0-2024-12-15'],
  [{ clientVersion: undefined, headers }, 'copilot-v0.26.7-2024-12-15'],
  [{ clientVersion: undefined, headers: {} }, `copilot-v${ownVersion}-2024-12-15`],
])('%j', (presented, label) => {
  expect(copilotVersionLabel(presented, at)).toBe(label);
});

test('our own version is that of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(ownVersion).toBe(manifest.version);
});
