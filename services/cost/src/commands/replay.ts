// `waybill replay`: the ledger again, from the log alone.
import { formatUsd } from '@waybill/kernel';
import type { CommandDefinition } from '@waybill/service';
import type { HeadDocument } from '../projections/ledger.ts';
import { withEventLog } from '../usecases/open-books.ts';
import { type Replay, replayLedger } from '../usecases/replay-ledger.ts';

export const replayCommand: CommandDefinition = {
  name: 'replay',
  summary: 'rebuild the ledger from the event log; print totals and its SHA-256',
  async run({ configuration, json, print }) {
    const startedMs = performance.now();
    const replay = await withEventLog(configuration, (reader) => replayLedger({ reader }));
    const elapsedMs = Math.round(performance.now() - startedMs);
    if (json) print(JSON.stringify(replayAsJson(replay, elapsedMs)));
    else for (const line of replayAsText(replay, elapsedMs)) print(line);
    return replay.unbookable.length === 0 ? 0 : 1;
  },
};

function replayAsJson({ books, totals, unbookable, eventsRead }: Replay, elapsedMs: number) {
  const head = books.head();
  return {
    sha256: head.hash,
    entries: Number(head.entries),
    position: head.position.toString(),
    spent_pico_usd: head.spentPicoUsd,
    spent_usd: formatUsd(BigInt(head.spentPicoUsd)),
    estimated_pico_usd: head.estimatedPicoUsd,
    estimated_attempts: Number(head.estimatedAttempts),
    unknown_attempts: Number(head.unknownAttempts),
    unpriced_attempts: Number(head.unpricedAttempts),
    open_attempts: [...books.clearing.values()].filter(({ isOpen }) => isOpen).length,
    totals: totals.map(({ providerId, modelId, amountPicoUsd, attempts }) => ({
      provider: providerId,
      model: modelId,
      amount_pico_usd: amountPicoUsd.toString(),
      usd: formatUsd(amountPicoUsd),
      attempts,
    })),
    unbookable: unbookable.slice(0, 20).map((event) => ({ ...event, position: event.position.toString() })),
    unbookable_events: unbookable.length,
    events_read: eventsRead,
    elapsed_ms: elapsedMs,
  };
}

function replayAsText({ books, totals, unbookable, eventsRead }: Replay, elapsedMs: number): string[] {
  const head = books.head();
  const rate = Math.round((eventsRead * 1_000) / Math.max(elapsedMs, 1));
  return [
    `${head.entries} entries from ${eventsRead} events in ${elapsedMs} ms (${rate} events/s)`,
    ...totals.map(
      ({ providerId, modelId, amountPicoUsd, attempts }) =>
        `  ${providerId} ${modelId}: $${formatUsd(amountPicoUsd)} in ${attempts} attempts`,
    ),
    `spent      $${formatUsd(BigInt(head.spentPicoUsd))}`,
    ...doubtLines(head),
    ...unbookable
      .slice(0, 20)
      .map(({ position, reason }) => `cannot be booked: event at position ${position}: ${reason}`),
    `sha256     ${head.hash}`,
  ];
}

function doubtLines({
  estimatedPicoUsd,
  estimatedAttempts,
  unknownAttempts,
  unpricedAttempts,
}: HeadDocument): string[] {
  return [
    `estimated  $${formatUsd(BigInt(estimatedPicoUsd))} of it, in ${estimatedAttempts} attempts`,
    `unknown    ${unknownAttempts} attempts, not in the sum`,
    `unpriced   ${unpricedAttempts} attempts, not in the sum`,
  ];
}
