// What every store of sealed keys keeps.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SealedKey, SealedKeys } from '../ports.ts';

/** Two openings see the same keys. */
export interface SealedKeysUnderTest {
  open(): Promise<SealedKeys>;
}

function sealedKey(keyId: string, fields: Partial<SealedKey> = {}): SealedKey {
  return {
    keyId,
    tenantId: 'acme',
    providerId: 'openai',
    baseUrl: '',
    version: 1,
    sealed: Buffer.from([1, 2, 3]),
    wrapped: { by: 'keyring:1', bytes: Buffer.from([4, 5, 6]) },
    storedAtMicros: 1_795_000_000_000_001n,
    wrappedAtMicros: 1_795_000_000_000_002n,
    ...fields,
  };
}

/** Buffers and other bytes alike. */
function plain(keys: readonly SealedKey[]) {
  return keys.map(({ sealed, wrapped, ...rest }) => ({
    ...rest,
    sealed: [...sealed],
    wrapped: { by: wrapped.by, bytes: [...wrapped.bytes] },
  }));
}

export function sealedKeysContract(name: string, underTest: SealedKeysUnderTest): void {
  describe(name, () => {
    let store: SealedKeys;

    beforeEach(async () => {
      store = await underTest.open();
      for (const key of await store.all()) await store.remove(key);
    });

    afterEach(() => store.close());

    test('gives back what was added, by tenant and provider, also after it was opened anew', async () => {
      const keys = [
        sealedKey('c', { tenantId: 'zeta' }),
        sealedKey('b', { baseUrl: 'https://api.example.com/v1', version: 3 }),
        sealedKey('a', { providerId: 'anthropic' }),
      ];
      for (const key of keys) expect(await store.add(key)).toBe(true);
      expect(plain(await store.all())).toEqual(plain(keys.toReversed()));
      const again = await underTest.open();
      expect(plain(await again.all())).toEqual(plain(keys.toReversed()));
      await again.close();
    });

    test('keeps one key of a tenant and provider, and each id once', async () => {
      await store.add(sealedKey('a'));
      expect(await store.add(sealedKey('b'))).toBe(false);
      expect(await store.add(sealedKey('a', { tenantId: 'zeta' }))).toBe(false);
      expect((await store.all()).map(({ keyId }) => keyId)).toEqual(['a']);
    });

    test('replaces and removes only what is as it was seen', async () => {
      const first = sealedKey('a');
      const second = sealedKey('a', { version: 2, wrapped: { by: 'keyring:2', bytes: Buffer.from([7]) } });
      await store.add(first);
      expect(await store.replace(first, second)).toBe(true);
      expect(await store.replace(first, sealedKey('a', { version: 9 }))).toBe(false);
      expect(await store.remove(first)).toBe(false);
      expect(plain(await store.all())).toEqual(plain([second]));
      expect(await store.remove(second)).toBe(true);
      expect(await store.all()).toEqual([]);
    });

    test('counts the changes and nothing else, for whoever looks', async () => {
      const other = await underTest.open();
      const start = await other.revision();
      await store.add(sealedKey('a'));
      await store.add(sealedKey('b'));
      await store.replace(sealedKey('a', { version: 7 }), sealedKey('a'));
      expect(await other.revision()).toBe(start + 1n);
      await store.remove(sealedKey('a'));
      expect(await other.revision()).toBe(start + 2n);
      await other.close();
    });
  });
}
