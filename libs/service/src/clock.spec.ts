import { expect, jest, test } from '@jest/globals';
import { systemClock } from './clock.ts';

test('tells microseconds close to the wall clock and never goes back', () => {
  const clock = systemClock();
  const first = clock.nowMicros();
  expect(Math.abs(Number(first / 1000n) - Date.now())).toBeLessThan(2500);
  const wall = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
  expect(clock.nowMicros()).toBeGreaterThanOrEqual(first);
  wall.mockRestore();
});

test('follows a wall clock that was set forward', () => {
  const clock = systemClock();
  const ahead = Date.now() + 3_600_000;
  const wall = jest.spyOn(Date, 'now').mockReturnValue(ahead);
  expect(clock.nowMicros()).toBe(BigInt(ahead) * 1000n);
  wall.mockRestore();
});
