import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { wantedStream, wrongSettings } from './stream-settings.ts';

const wanted = wantedStream({ stream: 'WAYBILL', replicas: 3, maxBytes: 10 * 2 ** 30 });

test('the stream of the deployment is the one that the code wants', () => {
  const file = new URL('../../../../deploy/nats/stream.json', import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(wanted);
});

describe('the settings of a stream', () => {
  test('are right when they are as wanted, whatever else there is', () => {
    expect(wrongSettings({ ...wanted, metadata: { owner: 'x' }, persist_mode: 'default' }, wanted)).toEqual([]);
  });

  test.each([
    [{ discard: 'old' as const }, 'discard', '"old"', '"new"'],
    [{ num_replicas: 1 }, 'num_replicas', '1', '3'],
    [{ deny_delete: false }, 'deny_delete', 'false', 'true'],
    [{ max_age: 1e9 }, 'max_age', '1000000000', '0'],
    [{ storage: 'memory' as const }, 'storage', '"memory"', '"file"'],
    [{ subjects: ['waybill.>'] }, 'subjects', '["waybill.>"]', '["waybill.events.>"]'],
    [{ retention: undefined }, 'retention', 'not set', '"limits"'],
  ])('that differ by %j are named with what they should be', (different, setting, is, shouldBe) => {
    expect(wrongSettings({ ...wanted, ...different }, wanted)).toEqual([{ setting, is, shouldBe }]);
  });

  test('are wrong when acknowledged messages are not synced', () => {
    const wrong = wrongSettings({ ...wanted, persist_mode: 'async' }, wanted);
    expect(wrong).toEqual([{ setting: 'persist_mode', is: '"async"', shouldBe: '"default"' }]);
  });
});
