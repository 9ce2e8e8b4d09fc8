// What every kind of leases keeps. For tests only: not part of the index.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Leases } from './ports.ts';

export interface LeasesUnderTest {
  readonly leases: Leases;
  dispose(): Promise<void>;
}

const options = { ttlMs: 2_000 };

export function leasesContract(kind: string, open: () => Promise<LeasesUnderTest>): void {
  describe(`${kind} keep the contract of leases`, () => {
    let underTest: LeasesUnderTest;
    let leases: Leases;
    beforeEach(async () => {
      underTest = await open();
      leases = underTest.leases;
    });
    afterEach(() => underTest.dispose());

    test('one of many that ask at once gets a name, and the name is his until he lets go', async () => {
      const asked = await Promise.all(Array.from({ length: 20 }, () => leases.tryAcquire('name', options)));
      const given = asked.filter((lease) => lease !== undefined);
      expect(given).toHaveLength(1);
      expect(given[0]?.isHeld()).toBe(true);
      expect(given[0]?.remainingMs()).toBeGreaterThan(0);
      expect(await leases.tryAcquire('name', options)).toBeUndefined();
      expect(await leases.tryAcquire('other', options)).toBeDefined();
    });

    test('a released one is over for its holder and free for the next, under a higher token', async () => {
      const first = (await leases.tryAcquire('name', options))!;
      await first.release();
      await first.release();
      expect(first.isHeld()).toBe(false);
      expect(first.remainingMs()).toBe(0);
      expect(first.lost.aborted).toBe(true);
      const second = (await leases.tryAcquire('name', options))!;
      expect(second.token).toBeGreaterThan(first.token);
      expect(first.isHeld()).toBe(false);
    });

    test('whoever waits gets it when it is free', async () => {
      const first = (await leases.tryAcquire('name', options))!;
      const waiting = leases.acquire('name', { ...options, signal: AbortSignal.timeout(20_000) });
      await sleep(50);
      await first.release();
      const second = await waiting;
      expect(second.isHeld()).toBe(true);
      expect(second.token).toBeGreaterThan(first.token);
    });

    test('whoever no longer waits is told so', async () => {
      await leases.tryAcquire('name', options);
      const patience = new AbortController();
      const outcome = expect(leases.acquire('name', { ...options, signal: patience.signal })).rejects.toBeDefined();
      await sleep(20);
      patience.abort();
      await outcome;
      await expect(leases.acquire('free', { ...options, signal: AbortSignal.abort() })).rejects.toBeDefined();
    });

    test('tell who has or had a name, by prefix and in order', async () => {
      const details = { address: '127.0.0.1:50062', $odd: '$value' };
      await leases.tryAcquire('limits/2', { ...options, details });
      await (await leases.tryAcquire('limits/1', options))?.release();
      await leases.tryAcquire('limitless', options);
      const holders = await leases.holders('limits/');
      expect(holders).toMatchObject([
        { name: 'limits/1', hasExpired: true, details: {} },
        { name: 'limits/2', hasExpired: false, details },
      ]);
      expect(new Set(holders.map(({ holder }) => holder)).size).toBe(1);
    });

    test('forget a name that is over, and never give out its token again', async () => {
      const lease = (await leases.tryAcquire('name', options))!;
      expect(await leases.forget('name')).toBe(false);
      await lease.release();
      expect(await leases.forget('name')).toBe(true);
      expect(await leases.holders('name')).toEqual([]);
      const again = (await leases.tryAcquire('name', options))!;
      expect(again.token).toBeGreaterThan(lease.token);
      expect(await leases.holders('name')).toHaveLength(1);
    });

    test('release everything when they are closed', async () => {
      const lease = (await leases.tryAcquire('name', options))!;
      await leases.close();
      expect(lease.isHeld()).toBe(false);
    });
  });
}
