import { expect, test } from '@jest/globals';
import { type BillLine, keepBill } from './bill.ts';

function line(callNumber: number, given: Partial<BillLine> = {}): BillLine {
  return {
    callNumber,
    key: 'key-1',
    dialect: 'openai',
    model: 'm',
    requestId: `req_${callNumber}`,
    usage: null,
    amountPicoUsd: 10n,
    outcome: 'complete',
    tokensGenerated: 1,
    tokensDelivered: 1,
    usageTold: 'sent',
    faults: [],
    ...given,
  };
}

test('adds up by key and by model', () => {
  const keeper = keepBill(100);
  keeper.add(line(1));
  keeper.add(line(2, { key: 'key-2', model: 'n', outcome: 'cut', amountPicoUsd: 5n }));
  keeper.add(line(3, { outcome: 'refused', amountPicoUsd: 0n }));
  const bill = keeper.bill();
  expect(bill.total).toEqual({ calls: 3, complete: 1, cut: 1, refused: 1, amountPicoUsd: 15n });
  expect(bill.byKey['key-2']?.amountPicoUsd).toBe(5n);
  expect(bill.byModel.m).toMatchObject({ calls: 2, amountPicoUsd: 10n });
});

test('keeps the newest lines, and exact totals beyond them', () => {
  const keeper = keepBill(10);
  for (let number = 1; number <= 1000; number += 1) keeper.add(line(number));
  const { lines, linesDropped, total } = keeper.bill();
  expect(total).toMatchObject({ calls: 1000, amountPicoUsd: 10_000n });
  expect(lines.length + linesDropped).toBe(1000);
  expect(lines.length).toBeGreaterThanOrEqual(10);
  expect(lines.length).toBeLessThan(20);
  expect(lines.at(-1)?.callNumber).toBe(1000);
});
