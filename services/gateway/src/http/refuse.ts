// Every error leaves here, in its caller's dialect.
import type { ServerResponse } from 'node:http';
import type { Fault } from '@waybill/kernel';
import type { Dialect } from '../dialects/dialect.ts';
import { faultHeaders } from './answer-headers.ts';

/** Sends the fault, unless an answer is under way or the caller is gone. Returns the status. */
export function refuse(
  response: ServerResponse,
  { error }: Pick<Dialect, 'error'>,
  fault: Fault,
  more: Record<string, string> = {},
): number {
  const { status, body } = error(fault);
  if (response.headersSent || response.destroyed) return status;
  response.writeHead(status, {
    ...more,
    ...faultHeaders(fault),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
  return status;
}
