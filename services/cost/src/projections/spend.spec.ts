import { describe, expect, test } from '@jest/globals';
import { GetSpendRequest } from '@waybill/contracts';
import { catchUp, memoryProjectionStore } from '@waybill/projections';
import { dimensions } from '../core/dimensions.ts';
import { arrayReader } from '../testing/array-reader.ts';
import { asStored, type CallFacts, callEvents, plainCall } from '../testing/call-events.ts';
import { testAnyCalls } from '../testing/calls.ts';
import { getSpend } from '../usecases/get-spend.ts';
import { replayLedger } from '../usecases/replay-ledger.ts';
import { spendProjection } from './spend.ts';

async function spendOf(calls: readonly CallFacts[]) {
  const partition = await memoryProjectionStore().open(spendProjection);
  const reader = arrayReader(asStored(calls.flatMap(callEvents)));
  await catchUp({ projection: spendProjection, reader, partition });
  const by = (request: Partial<GetSpendRequest>) => getSpend(partition, GetSpendRequest.fromPartial(request));
  return { by, reader };
}

describe('spend', () => {
  test.each([
    ['tenant', 'acme'],
    ['project', 'search'],
    ['key', 'team-a'],
    ['user', 'user-1'],
    ['model', 'fast'],
    ['provider', 'anthropic'],
    ['agent_type', 'coder'],
    ['run', 'run-1'],
    ['day', '2026-11-20'],
  ])('by %s', async (dimension, value) => {
    const { by } = await spendOf([plainCall]);
    expect(await by({ dimension })).toEqual([
      {
        ...{ value, amountPicoUsd: '525300000', estimatedPicoUsd: '0', attempts: 1n, unknownAttempts: 0n },
        ...{ inputTokens: 1_234n, outputTokens: 567n },
      },
    ]);
  });

  test('is dearest first, and can be asked for one tenant and some days', async () => {
    const later = { ...plainCall, number: 1_500, tenant: 'globex', inputTokens: 9_999 };
    const { by } = await spendOf([plainCall, later]);
    expect((await by({ dimension: 'tenant' })).map(({ value }) => value)).toEqual(['globex', 'acme']);
    expect((await by({ dimension: 'day', tenantId: 'acme' })).map(({ value }) => value)).toEqual(['2026-11-20']);
    expect((await by({ dimension: 'tenant', fromDay: '2026-11-21' })).map(({ value }) => value)).toEqual(['globex']);
    expect((await by({ dimension: 'tenant', toDay: '2026-11-20' })).map(({ value }) => value)).toEqual(['acme']);
  });

  test('unknown usage is counted, not priced; estimates are told apart', async () => {
    const { by } = await spendOf([
      { ...plainCall, usage: 'unknown' },
      { ...plainCall, number: 2, usage: 'estimated' },
    ]);
    expect(await by({ dimension: 'tenant' })).toMatchObject([
      { amountPicoUsd: '525300000', estimatedPicoUsd: '525300000', attempts: 2n, unknownAttempts: 1n },
    ]);
  });

  test.each(['estimated', 'unknown', 'reported'] as const)(
    'a correction of %s usage takes its place',
    async (usage) => {
      const { by } = await spendOf([{ ...plainCall, usage, correctedInputTokens: 234 }]);
      expect(await by({ dimension: 'run' })).toMatchObject([
        { amountPicoUsd: '375300000', estimatedPicoUsd: '0', attempts: 1n, unknownAttempts: 0n },
      ]);
    },
  );

  testAnyCalls('adds up to the ledger along every dimension', async (calls) => {
    const { by, reader } = await spendOf(calls);
    const head = (await replayLedger({ reader })).books.head();
    for (const dimension of dimensions) {
      const spends = await by({ dimension });
      const sum = (amounts: readonly (string | bigint)[]) =>
        amounts.reduce<bigint>((total, each) => total + BigInt(each), 0n);
      expect(sum(spends.map(({ amountPicoUsd }) => amountPicoUsd))).toBe(BigInt(head.spentPicoUsd));
      expect(sum(spends.map(({ estimatedPicoUsd }) => estimatedPicoUsd))).toBe(BigInt(head.estimatedPicoUsd));
      expect(sum(spends.map(({ unknownAttempts }) => unknownAttempts))).toBe(head.unknownAttempts);
    }
  });

  test.each([
    [{ dimension: 'colour' }, /by "colour"; ask for one of tenant, project/],
    [{ dimension: 'day', fromDay: '2026-02-30' }, /from_day "2026-02-30" is no day/],
  ])('refuses %j', async (request, message) => {
    const { by } = await spendOf([]);
    await expect(by(request)).rejects.toThrow(message);
  });
});
