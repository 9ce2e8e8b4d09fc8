// A collector that is down or never answers costs spans, and nothing else.
import { expect, test } from '@jest/globals';
import { startOtlpReceiver } from '../infra/otlp/receiver.ts';
import { eventually } from '../load/books/eventually.ts';
import { post } from './calls/curl.ts';
import type { BooksWorld, StartWorld } from './world.ts';

const body = { model: 'gpt-4o-mini', max_tokens: 40, messages: [{ role: 'user', content: 'Why is the sky blue?' }] };

export function collectorSuite(name: string, startWorld: StartWorld): void {
  test.each(['down', 'deaf'] as const)(
    `${name}: a collector that is %s costs spans alone`,
    async (how) => {
      const receiver = await startOtlpReceiver();
      if (how === 'down') await receiver.stop();
      else receiver.behave(how);
      const world = await startWorld({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
      try {
        const answers = await Promise.all(Array.from({ length: 40 }, () => post(world, '/v1/chat/completions', body)));
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
        expect(await eventually(() => lossIsCounted(world), 30_000)).toEqual([]);
      } finally {
        await world.stop();
        if (how !== 'down') await receiver.stop();
      }
      expect(receiver.spans).toEqual([]);
    },
    90_000,
  );
}

async function lossIsCounted({ url }: BooksWorld): Promise<string[]> {
  const shown = await (await fetch(`${url}/metrics`)).text();
  const lost = /^waybill_spans_lost_total\{reason="not_taken"\} (\d+)$/m.exec(shown)?.[1];
  return Number(lost ?? 0) > 40 ? [] : [`${lost ?? 'no'} spans are counted as lost`];
}
