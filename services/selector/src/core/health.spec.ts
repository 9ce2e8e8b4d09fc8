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
  const asideFrom = (health: HealthByModel, ms: number) =>
    [0, 1_000, 2_000, 4_000, 8_000, 10_000].find((more) => isHealthy(health, 'a', after(ms + more)));

  test('is set aside after the fifth time, for longer with each probe that fails', () => {
    expect(isHealthy(failing(4), 'a', noon)).toBe(true);
    const health = failing(5);
    const asides = [asideFrom(health, 0)!];
    for (let atMs = asides[0]!; asides.length < 6; atMs += asides.at(-1)!) {
      beginProbe(health, 'a', after(atMs));
      learn(health, failed, after(atMs));
      asides.push(asideFrom(health, atMs)!);
    }
    expect(asides).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  test('is not set aside for longer because of calls that were under way', () => {
    expect(asideFrom(failing(50), 0)).toBe(1_000);
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
