// Answers that are plain JSON documents, and errors in OpenAI's shape.
import type { ServerResponse } from 'node:http';
import { faultOf } from '@waybill/kernel';
import type { Logger } from '@waybill/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dialect } from '../dialects/dialect.ts';
import { refuse } from './refuse.ts';

/** What a handler answers with. */
export interface JsonAnswer {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface JsonRoute {
  /** The dialect of its errors. */
  readonly dialect: Pick<Dialect, 'error'>;
  readonly log: Logger;
  answer(request: FastifyRequest): Promise<JsonAnswer>;
}

/** A handler that sends what `answer` gives, or the fault it throws. */
export function serveJson({ dialect, log, answer }: JsonRoute) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.hijack();
    try {
      sendJson(reply.raw, await answer(request));
    } catch (thrown) {
      const because = faultOf(thrown);
      if (because.kind === 'internal') log.error({ err: thrown }, 'a request failed');
      refuse(reply.raw, dialect, because);
    }
  };
}

function sendJson(response: ServerResponse, { status = 200, body, headers = {} }: JsonAnswer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
