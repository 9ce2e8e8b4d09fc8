// A connection to Copilot that gets a token first, and a new one when the service no longer takes it.

import type { ProviderTimeouts } from '@waybill/config';
import { peerName, serverOf } from '../engine/peer.ts';
import { type Connection, connect } from '../engine/send.ts';
import type { CopilotTokens } from './copilot-tokens.ts';

export interface CopilotService {
  readonly providerId: string;
  readonly tokens: CopilotTokens;
  /** Where calls go when a token names no other place. */
  readonly origin: string;
  /** The address was configured: then tokens do not lead elsewhere. */
  readonly isFixed: boolean;
  readonly timeouts: ProviderTimeouts;
}

/** Plans of individuals, companies and enterprises have hosts of their own; more than these are not followed. */
const mostOrigins = 4;

export function copilotConnection({ providerId, tokens, origin, isFixed, timeouts }: CopilotService): Connection {
  const open = (place: string) => connect(place, timeouts, { peer: peerName(providerId, serverOf(new URL(place))) });
  const connections = new Map([[origin, open(origin)]]);
  const connectionTo = (wanted: string): Connection => {
    const known = connections.get(wanted);
    if (known !== undefined) return known;
    if (connections.size >= mostOrigins) return connectionTo(origin);
    const opened = open(wanted);
    connections.set(wanted, opened);
    return opened;
  };
  return {
    async send(request) {
      const exchanged = await tokens.current(request.signal);
      if (!exchanged.ok) return exchanged.sent;
      const { token } = exchanged;
      const connection = connectionTo(isFixed ? origin : (token.apiOrigin ?? origin));
      const headers = { ...request.headers, authorization: `Bearer ${token.secret.reveal()}` };
      const sent = await connection.send({ ...request, headers });
      if (sent.ok && sent.answer.status === 401) tokens.forget(token);
      return sent;
    },
    async close() {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
}
