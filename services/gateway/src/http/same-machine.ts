// Where callers need no key, a web page must not be able to call: its browser tells on it by Host and Origin.
import type { IncomingHttpHeaders } from 'node:http';
import { type Fault, fault } from '@waybill/kernel';

/**
 * Why a request may not come from this machine's own programs: its Host is not a loopback name (a page may have bound
 * a name of its own to a loopback address), or its Origin is another site's. Undefined when all is well.
 */
export function foreignRequest(headers: IncomingHttpHeaders, configuredHost: string): Fault | undefined {
  const host = headers.host ?? '';
  const name = hostName(host);
  if (!isLoopbackName(name) && name !== configuredHost.toLowerCase()) {
    return refuse('host', 'the Host of the request is not this machine; call 127.0.0.1 or localhost');
  }
  const { origin } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return refuse('origin', 'web pages of other origins may not call this gateway');
  }
  return undefined;
}

function refuse(header: string, message: string): Fault {
  return fault('forbidden', message, { details: { header } });
}

/** The name in a Host header, without the port. */
function hostName(host: string): string {
  const match = /^(\[[0-9a-f:.]+\]|[^:]*)(?::\d+)?$/i.exec(host);
  return (match?.[1] ?? '').replace(/^\[|\]$/g, '').toLowerCase();
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name);
}
