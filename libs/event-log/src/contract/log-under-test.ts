import { expect } from '@jest/globals';
import { type Fault, FaultError } from '@waybill/kernel';
import type { EventLog, EventReader, Position, ReadOptions, StoredEvent } from '../ports.ts';

export interface LogUnderTest {
  readonly log: EventLog;
  /** Closes the log and opens the same store again. */
  reopen(): Promise<EventLog>;
  /** Closes whichever log is open and removes the store. */
  dispose(): Promise<void>;
}

export type OpenLog = () => Promise<LogUnderTest>;

/** Runs a test against a new log and removes it afterwards. */
export function withLog(open: OpenLog, test: (underTest: LogUnderTest) => Promise<void>): () => Promise<void> {
  return async () => {
    const underTest = await open();
    try {
      await test(underTest);
    } finally {
      await underTest.dispose();
    }
  };
}

export async function readAll(log: EventReader, after: Position = 0n, options?: ReadOptions): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const batch of log.read(after, options)) events.push(...batch);
  return events;
}

/** The ids of the stored test events, without those of the producers' epochs. */
export async function storedIds(log: EventReader, options?: ReadOptions): Promise<string[]> {
  return testEvents(await readAll(log, 0n, options)).map(({ envelope }) => envelope.eventId);
}

/** Those that are not about a producer's epoch. */
export function testEvents(events: readonly StoredEvent[]): StoredEvent[] {
  return events.filter(({ envelope }) => !envelope.type.startsWith('waybill.event.v1.'));
}

/** The numbers one epoch has given, in the order of the log. */
export function numbersOf(events: readonly StoredEvent[], producerId: string, epoch: bigint): bigint[] {
  const stamps = events.map(({ envelope }) => envelope.producer);
  const own = stamps.filter((stamp) => stamp?.producerId === producerId && stamp.epoch === epoch);
  return own.map((stamp) => stamp?.number ?? 0n);
}

/** 1n to `last`. */
export function numbersTo(last: number): bigint[] {
  return Array.from({ length: last }, (_, index) => BigInt(index + 1));
}

/** The fault an operation ends with; fails the test when it succeeds or throws something else. */
export async function faultFrom(operation: Promise<unknown>): Promise<Fault> {
  const outcome = await operation.then(
    () => 'no fault',
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(FaultError);
  return (outcome as FaultError).fault;
}
