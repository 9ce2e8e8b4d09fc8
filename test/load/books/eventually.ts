import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until there is no problem left, or until the time is up; hands back the problems of the last time. */
export async function eventually(check: () => Promise<readonly string[]>, withinMs = 10_000): Promise<string[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const problems = await check();
    if (problems.length === 0 || performance.now() > deadline) return [...problems];
    await sleep(100);
  }
}
