// Random appends by several producers, with repeats, conflicts, new epochs and reopenings, against a model in memory.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EventLog, EventProducer, Position } from '../ports.ts';
import { draft } from './drafts.ts';
import { type LogUnderTest, type OpenLog, readAll, withLog } from './log-under-test.ts';

interface EventChoice {
  readonly id: number;
  readonly content: number;
}

interface AppendChoice {
  readonly events: readonly EventChoice[];
  readonly expected: { readonly stream: number; readonly version: number } | undefined;
}

type Step =
  | { readonly kind: 'append'; readonly producer: number; readonly appends: readonly AppendChoice[] }
  | { readonly kind: 'open_producer'; readonly producer: number }
  | { readonly kind: 'reopen' };

/** Servers that several people use take their time. */
const timeoutMs = 90_000;
const streamCount = 3;
const producerCount = 2;
const producer = fc.nat(producerCount - 1);
// Other content is rare, or most appends would be refused.
const event = fc.record({
  id: fc.nat(15),
  content: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constant(1)),
});
const expected = fc.option(fc.record({ stream: fc.nat(streamCount - 1), version: fc.nat(4) }), {
  nil: undefined,
  freq: 4,
});
const append = fc.record({ events: fc.array(event, { maxLength: 4 }), expected });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      producer,
      appends: fc.array(append, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('open_producer' as const), producer }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

interface ModelEvent {
  readonly eventId: string;
  readonly payload: string;
  readonly stamp: string;
}

/** What a correct log would hold. */
function createModel(run: number) {
  const events: ModelEvent[] = [];
  const standings = Array.from({ length: producerCount }, () => ({ epoch: 0, lastNumber: 0 }));

  function store(index: number, eventId: string, payload: string): void {
    const standing = standings[index]!;
    standing.lastNumber += 1;
    const stamp = `${nameOf(run, index)}/${standing.epoch}/${standing.lastNumber}`;
    events.push({ eventId, payload, stamp });
  }

  return {
    events,
    openProducer(index: number): void {
      const standing = standings[index]!;
      standing.epoch += 1;
      standing.lastNumber = 0;
      store(index, `${nameOf(run, index)}/${standing.epoch}/opened`, '');
    },
    /** The outcome as text: how many were duplicates, or that it was refused. */
    append(index: number, choice: AppendChoice): string {
      const known = new Map(events.map(({ eventId, payload }) => [eventId, payload]));
      const fresh: { eventId: string; payload: string }[] = [];
      for (const { eventId, payload } of choice.events.map((chosen) => identify(run, chosen))) {
        const before = known.get(eventId);
        if (before !== undefined && before !== payload) return 'conflict';
        if (before === undefined) fresh.push({ eventId, payload });
        known.set(eventId, payload);
      }
      const { expected: wanted } = choice;
      const held = events.filter(({ eventId }) => wanted && eventId.startsWith(`${run}/${wanted.stream}/`)).length;
      if (wanted && fresh.length > 0 && wanted.version !== held) return 'conflict';
      for (const { eventId, payload } of fresh) store(index, eventId, payload);
      return `${choice.events.length - fresh.length} duplicates`;
    },
  };
}

function nameOf(run: number, index: number): string {
  return `producer-${run}-${index}`;
}

function identify(run: number, { id, content }: EventChoice): { eventId: string; payload: string } {
  return { eventId: `${run}/${id % streamCount}/${id}`, payload: `content ${content}` };
}

async function appendTo(opened: EventProducer, run: number, choice: AppendChoice): Promise<string> {
  const drafts = choice.events.map((chosen) => {
    const { eventId, payload } = identify(run, chosen);
    return draft(eventId, { payload: Buffer.from(payload), streamId: `${run}/${chosen.id % streamCount}` });
  });
  const wanted = choice.expected;
  const expectedVersion = wanted && { streamId: `${run}/${wanted.stream}`, version: BigInt(wanted.version) };
  return opened.append(drafts, { expectedVersion }).then(
    ({ duplicates }) => `${duplicates} duplicates`,
    (error: { fault?: { kind: string } }) => error.fault?.kind ?? String(error),
  );
}

async function storedAfter(log: EventLog, position: Position): Promise<ModelEvent[]> {
  return (await readAll(log, position)).map(({ envelope }) => ({
    eventId: envelope.eventId,
    payload: envelope.type.startsWith('waybill.event.v1.') ? '' : envelope.payload.toString(),
    stamp: `${envelope.producer?.producerId}/${envelope.producer?.epoch}/${envelope.producer?.number}`,
  }));
}

async function play(steps: readonly Step[], run: number, { log, reopen }: Pick<LogUnderTest, 'log' | 'reopen'>) {
  const model = createModel(run);
  const start = await log.end();
  let current = log;
  /** One after the other: the order of openings that do not wait for each other is nobody's promise. */
  async function openAll(indexes: readonly number[]): Promise<EventProducer[]> {
    const opened: EventProducer[] = [];
    for (const index of indexes) {
      model.openProducer(index);
      opened.push(await current.openProducer(nameOf(run, index)));
    }
    return opened;
  }

  const indexes = Array.from({ length: producerCount }, (_, index) => index);
  let producers = await openAll(indexes);
  for (const next of steps) {
    if (next.kind === 'reopen') {
      current = await reopen();
      producers = await openAll(indexes);
    } else if (next.kind === 'open_producer') {
      [producers[next.producer]] = (await openAll([next.producer])) as [EventProducer];
    } else {
      const outcomes = next.appends.map((choice) => appendTo(producers[next.producer]!, run, choice));
      const wanted = next.appends.map((choice) => model.append(next.producer, choice));
      expect(await Promise.all(outcomes)).toEqual(wanted);
    }
  }
  expect(await storedAfter(current, start)).toEqual(model.events);
  return current;
}

export function modelContract(open: OpenLog): void {
  test(
    'whatever is appended, repeated and reopened, it holds what the model holds',
    withLog(open, async ({ log, reopen }) => {
      let current = log;
      let run = 0;
      const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        run += 1;
        current = await play(steps, run, { log: current, reopen });
      });
      await fc.assert(property, { numRuns: 40, endOnFailure: true });
    }),
    timeoutMs,
  );
}
