// What the probes are told of this gateway.
import type { Clock } from '@waybill/kernel';
import { readinessAfter, readyAtFirst } from '../core/readiness.ts';
import type { Sightings } from './sightings.ts';

export interface ReadinessOptions {
  readonly books: { isOpen(): boolean };
  readonly name: { isHeld(): boolean };
  readonly sightings: Sightings;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly signal: AbortSignal;
  /** Told when what is said changes. */
  onChange(isReady: boolean): void;
}

export interface ReadinessWatch {
  isReady(): boolean;
  /** What it rests on, and what the neighbours did last, which does not count: all replicas have the same ones. */
  details(): Readonly<Record<string, unknown>>;
}

const everyMs = 250;

export function watchReadiness({ books, name, sightings, clock, signal, onChange }: ReadinessOptions): ReadinessWatch {
  let readiness = readyAtFirst;
  const timer = setInterval(() => {
    const before = readiness.isReady;
    readiness = readinessAfter(readiness, books.isOpen(), clock.monotonicMs());
    if (readiness.isReady !== before) onChange(readiness.isReady);
  }, everyMs);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return {
    isReady: () => readiness.isReady,
    details: () => ({
      books: books.isOpen() ? 'open' : 'closed',
      name: name.isHeld() ? 'held' : 'not_held',
      neighbours: sightings.all(),
    }),
  };
}
