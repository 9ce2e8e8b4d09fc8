import type { Client } from '@grpc/grpc-js';
import { ExchangeRequest, ExchangeResponse, MultiplexServiceDefinition } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import type { CallScope } from '../call-scope.ts';
import type { ConnectedCarrier, PackedCall } from '../carrier.ts';
import { asBuffer } from '../grpc/bytes.ts';
import type { Limits } from '../limits.ts';
import { type Exchange, openExchange } from './exchange.ts';
import { greeting } from './handshake.ts';
import { createInbox } from './inbox.ts';

const exchangePath = `/${MultiplexServiceDefinition.fullName}/${MultiplexServiceDefinition.methods.exchange.name}`;

/**
 * Carries all calls to one server over one stream. It is opened by the first call, and again by the first call after
 * it was lost; how soon the server is dialled again is the channel's back-off.
 */
export function createMultiplexCarrier(
  client: Client,
  limits: Limits,
  firstCallNumber = 1,
): ConnectedCarrier<Uint8Array> {
  const exchanges = new Set<Exchange>();
  let current: Exchange | undefined;

  function dial(): Exchange {
    const stream = client.makeBidiStreamRequest(
      exchangePath,
      (request: ExchangeRequest) => asBuffer(ExchangeRequest.encode(request).finish()),
      ExchangeResponse.decode,
      greeting(limits.messageBytesMax),
    );
    const onLost = () => {
      exchanges.delete(exchange);
      if (current === exchange) current = undefined;
    };
    const exchange = openExchange({ stream, messageBytesMax: limits.messageBytesMax, firstCallNumber, onLost });
    exchanges.add(exchange);
    return exchange;
  }

  async function connected(scope: CallScope): Promise<Exchange> {
    if (current?.isUsedUp()) {
      current.retire();
      current = undefined;
    }
    current ??= dial();
    const exchange = current;
    await scope.until(exchange.ready);
    return exchange;
  }

  return {
    async unary(call) {
      const exchange = await connected(call.scope);
      return unaryOver(exchange, call);
    },
    async *stream(call) {
      const exchange = await connected(call.scope);
      yield* streamOver(exchange, call, limits.streamWindow);
    },
    close() {
      for (const exchange of exchanges) exchange.close();
      client.close();
    },
  };
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
): AsyncGenerator<Uint8Array> {
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
