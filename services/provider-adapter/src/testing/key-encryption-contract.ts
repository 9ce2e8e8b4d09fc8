// What every keeper of key-encryption keys keeps.
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { faultOf } from '@waybill/kernel';
import type { KeyEncryption, WrapContext } from '../ports.ts';

export interface KeyEncryptionUnderTest {
  open(): Promise<KeyEncryption>;
  /** Makes another key the newest, by `renew` or as its owner would. */
  makeNewer(encryption: KeyEncryption): Promise<void>;
  /** Whether it tells which version of its key it wrapped with; default true. */
  readonly namesVersions?: boolean;
}

const context: WrapContext = { tenant: 'acme', provider: 'openai', purpose: 'provider-key' };

export function keyEncryptionContract(name: string, underTest: KeyEncryptionUnderTest): void {
  const { open, makeNewer, namesVersions = true } = underTest;
  describe(name, () => {
    async function during(work: (encryption: KeyEncryption) => Promise<void>): Promise<void> {
      const encryption = await open();
      await work(encryption).finally(encryption.close);
    }

    test('unwraps what it has wrapped, also after it was opened anew', async () => {
      const dataKey = randomBytes(32);
      await during(async (one) => {
        const wrapped = await one.wrap(dataKey, context);
        expect(Buffer.from(wrapped.bytes).includes(dataKey)).toBe(false);
        expect(await one.unwrap(wrapped, context)).toEqual(dataKey);
        await during(async (other) => expect(await other.unwrap(wrapped, context)).toEqual(dataKey));
      });
    });

    test.each<[string, Partial<WrapContext>]>([
      ['tenant', { tenant: 'zeta' }],
      ['provider', { provider: 'anthropic' }],
      ['purpose', { purpose: 'another' as 'provider-key' }],
    ])('unwraps nothing for another %s', (_what, other) =>
      during(async (encryption) => {
        const wrapped = await encryption.wrap(randomBytes(32), context);
        const unwrapped = encryption.unwrap(wrapped, { ...context, ...other });
        await expect(unwrapped).rejects.toMatchObject({ fault: { kind: 'forbidden' } });
      }),
    );

    test('unwraps nothing that was changed', () =>
      during(async (encryption) => {
        const { by, bytes } = await encryption.wrap(randomBytes(32), context);
        const changed = Buffer.from(bytes);
        changed[changed.length - 3] = changed[changed.length - 3] === 65 ? 66 : 65;
        await expect(encryption.unwrap({ by, bytes: changed }, context)).rejects.toMatchObject({
          fault: { kind: 'forbidden' },
        });
      }));

    test('wraps under the newest key and unwraps under the ones before', () =>
      during(async (encryption) => {
        const dataKey = randomBytes(32);
        const before = await encryption.wrap(dataKey, context);
        await makeNewer(encryption);
        const after = await encryption.wrap(dataKey, context);
        expect(after.by !== before.by).toBe(namesVersions);
        expect(await encryption.unwrap(before, context)).toEqual(dataKey);
        expect(await encryption.unwrap(after, context)).toEqual(dataKey);
      }));
  });
}

/** What went wrong, and everything that is told of it. */
export async function refusalOf(work: Promise<unknown>): Promise<{ kind: string; told: string }> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  const fault = faultOf(thrown);
  return { kind: fault.kind, told: `${JSON.stringify(fault)} ${(thrown as Error).stack}` };
}
