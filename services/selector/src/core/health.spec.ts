import { describe, expect, test } from '@jest/globals';
import { beginProbe, type HealthByModel, isHealthy, learn } from './health.ts';

const noon = 1_790_000_000_000_000n;
const after = (ms: number) => noon + BigInt(ms) * 1_000n;
const failed = { modelId: 'a', succeeded: false, providerAtFault: true, setAsideMs: 0 };

function failing(times: number): HealthByModel {
  const health: HealthByModel = new Map();
  for (let count = 0; count < times; count += 1) learn(health, failed, noon);
  return health;
}

describe('a model that keeps failing', () => {
  test('is set aside after the fifth time, for longer with each time more', () => {
    expect(isHealthy(failing(4), 'a', noon)).toBe(true);
    const asideMs = [5, 6, 7, 8, 9, 20].map((times) => {
      const health = failing(times);
      return [500, 1_000, 2_000, 4_000, 8_000, 10_000].find((ms) => isHealthy(health, 'a', after(ms)));
    });
    expect(asideMs).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  test('is tried by one call then, and by all once that went well', () => {
    const health = failing(5);
    beginProbe(health, 'a', after(1_000));
    expect(isHealthy(health, 'a', after(1_000))).toBe(false);
    learn(health, { ...failed, succeeded: true }, after(1_500));
    expect(isHealthy(health, 'a', after(1_500))).toBe(true);
  });

  test('is tried again when nothing is heard of that call', () => {
    const health = failing(5);
    beginProbe(health, 'a', after(1_000));
    expect(isHealthy(health, 'a', after(6_000))).toBe(true);
  });

  test('is not kept aside by calls that had nowhere else to go', () => {
    const health = failing(5);
    beginProbe(health, 'a', after(900));
    expect(isHealthy(health, 'a', after(1_000))).toBe(true);
  });

  test('that was never set aside is not kept from others by a call to it', () => {
    const health = failing(2);
    beginProbe(health, 'a', noon);
    expect(isHealthy(health, 'a', noon)).toBe(true);
  });
});

test('a model to which provider-adapter lets nothing through is set aside as long as it says, within bounds', () => {
  const health: HealthByModel = new Map();
  const refused = { ...failed, providerAtFault: false };
  learn(health, { ...refused, setAsideMs: 3_000 }, noon);
  expect(isHealthy(health, 'a', after(2_999))).toBe(false);
  expect(isHealthy(health, 'a', after(3_000))).toBe(true);
  learn(health, { ...refused, setAsideMs: 4_000_000_000 }, noon);
  expect(isHealthy(health, 'a', after(10_000))).toBe(true);
});
