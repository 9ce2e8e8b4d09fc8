import { expect, test } from '@jest/globals';
import { runWaybill } from './waybill-command.ts';

test('the demo proves the books right, within a minute and without a key', async () => {
  const { code, stdout, stderr } = await runWaybill(['demo', '--json'], { withinMs: 60_000 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const proof = JSON.parse(stdout);
  expect(proof).toMatchObject({ ok: true, replayedTwiceAlike: true, audit: 'no drift', missing: [] });
  expect(proof.reported.length).toBeGreaterThan(2);
  expect(proof.cut.length).toBeGreaterThan(0);
}, 90_000);
