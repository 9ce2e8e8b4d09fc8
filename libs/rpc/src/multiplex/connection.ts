import type { Client, ClientDuplexStream } from '@grpc/grpc-js';
import { ExchangeRequest, ExchangeResponse, MultiplexServiceDefinition } from '@waybill/contracts';
import { type Fault, FaultError, fault } from '@waybill/kernel';
import type { PackedCall } from '../carrier.ts';
import { type Connection, type ConnectionSettings, dialTimeoutMs } from '../connection.ts';
import { asBuffer } from '../grpc/bytes.ts';
import { watchConnection } from '../grpc/watchdog.ts';
import type { Limits } from '../limits.ts';
import { type Exchange, openExchange } from './exchange.ts';
import { greeting } from './handshake.ts';
import { createInbox } from './inbox.ts';

const exchangePath = `/${MultiplexServiceDefinition.fullName}/${MultiplexServiceDefinition.methods.exchange.name}`;

/** Carries all calls over one stream, and over the next when its call numbers are used up. */
export async function connectMultiplexed(
  client: Client,
  { limits, onLost }: ConnectionSettings,
  firstCallNumber = 1,
): Promise<Connection> {
  const exchanges = new Set<Exchange>();
  const watchdog = watchConnection({ client, underWay, onDead: closeAll });
  let isInUse = false;
  let current = open();

  function open(): Exchange {
    const { messageBytesMax } = limits;
    const stream = openStream(client, limits);
    stream.on('data', () => watchdog.heard());
    const exchange = openExchange({ stream, messageBytesMax, firstCallNumber, onLost: () => forget(exchange) });
    exchanges.add(exchange);
    return exchange;
  }

  function forget(exchange: Exchange): void {
    exchanges.delete(exchange);
    if (exchange !== current || !isInUse) return;
    leave();
    client.close();
    onLost();
  }

  function leave(): void {
    isInUse = false;
    watchdog.stop();
  }

  function underWay(): number {
    let calls = 0;
    for (const exchange of exchanges) calls += exchange.underWay;
    return calls;
  }

  function closeAll(reason?: Fault): void {
    for (const exchange of exchanges) exchange.close(reason);
  }

  function usable(): Exchange {
    watchdog.asked();
    if (!current.isUsedUp()) return current;
    const last = current;
    current = open();
    last.retire();
    return current;
  }

  await greeted(current).catch((thrown: unknown) => {
    watchdog.stop();
    throw thrown;
  });
  isInUse = true;
  return {
    get underWay() {
      return underWay();
    },
    get isSilent() {
      return watchdog.isSilent;
    },
    unary: (call) => unaryOver(usable(), call),
    stream: (call) => streamOver(usable(), call, limits.streamWindow),
    retire() {
      leave();
      current.retire();
      client.close();
    },
    close() {
      leave();
      closeAll();
      client.close();
    },
  };
}

function openStream(client: Client, limits: Limits): ClientDuplexStream<ExchangeRequest, ExchangeResponse> {
  return client.makeBidiStreamRequest(
    exchangePath,
    (request: ExchangeRequest) => asBuffer(ExchangeRequest.encode(request).finish()),
    ExchangeResponse.decode,
    greeting(limits.messageBytesMax),
  );
}

/** Waits until the server has greeted, but not for ever. */
async function greeted(exchange: Exchange): Promise<void> {
  const late = fault('unavailable', `the server did not greet within ${dialTimeoutMs} ms`);
  const timer = setTimeout(() => exchange.close(late), dialTimeoutMs);
  try {
    await exchange.ready;
  } finally {
    clearTimeout(timer);
  }
}

function unaryOver(exchange: Exchange, call: PackedCall<Uint8Array>): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let answer: Uint8Array = new Uint8Array();
    const opened = exchange.open(call, 1, {
      message: (bytes) => {
        answer = bytes;
      },
      finished: (fault) => (fault === undefined ? resolve(answer) : reject(new FaultError(fault))),
    });
    call.scope.onAbort((reason) => {
      opened.cancel();
      reject(reason);
    });
  });
}

async function* streamOver(
  exchange: Exchange,
  call: PackedCall<Uint8Array>,
  streamWindow: number,
): AsyncGenerator<Uint8Array, undefined> {
  const inbox = createInbox();
  const opened = exchange.open(call, streamWindow, inbox);
  call.scope.onAbort(({ fault }) => inbox.abort(fault));
  const grantSize = Math.max(1, Math.floor(streamWindow / 2));
  try {
    for (let taken = 1; ; taken += 1) {
      const bytes = await inbox.take();
      if (bytes === undefined) return;
      if (taken % grantSize === 0) opened.grant(grantSize);
      yield bytes;
    }
  } finally {
    opened.cancel();
  }
}
