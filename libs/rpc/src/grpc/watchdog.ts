// Finds servers that have fallen silent: paused, partitioned, or stuck.
import type { Client } from '@grpc/grpc-js';
import type { Fault } from '@waybill/kernel';
import { fault } from '@waybill/kernel';
import { knock } from './knock.ts';

/** One for each connection. What it costs a call is a comparison. */
export interface Watchdog {
  /** Claims that something is awaited, and nothing has come for a while: others are better asked. */
  readonly isSilent: boolean;
  /** A call was sent. */
  asked(): void;
  /** Something came. */
  heard(): void;
  stop(): void;
}

export interface WatchdogSettings {
  readonly client: Client;
  /** How many calls wait for an answer. */
  readonly underWay: () => number;
  /** Told once, when the server does not answer the watchdog either. */
  readonly onDead: (reason: Fault) => void;
}

const tickMs = 1_000;
/** Handlers may be slow, so silence is a reason to ask and no more. */
const silenceMs = 2_000;

/**
 * Where calls wait and nothing comes, asks the server for its health, and gives it up when that is not answered either.
 * Keep-alive pings of the connection would find it too, but may not come more often than servers need to drain.
 */
export function watchConnection({ client, underWay, onDead }: WatchdogSettings): Watchdog {
  let sinceMs: number | undefined;
  let wasHeard = false;
  let isSilent = false;

  function heard(): void {
    wasHeard = true;
    isSilent = false;
  }

  function tick(): void {
    const nowMs = performance.now();
    if (wasHeard || sinceMs === undefined) sinceMs = underWay() > 0 ? nowMs : undefined;
    wasHeard = false;
    if (isSilent || sinceMs === undefined || nowMs - sinceMs < silenceMs) return;
    isSilent = true;
    knock(client).then(heard, () => {
      if (!isSilent) return;
      clearInterval(timer);
      onDead(fault('unavailable', 'the server has fallen silent'));
    });
  }

  const timer = setInterval(tick, tickMs).unref();
  return {
    get isSilent() {
      return isSilent;
    },
    asked() {
      sinceMs ??= performance.now();
    },
    heard,
    stop() {
      isSilent = false;
      clearInterval(timer);
    },
  };
}
