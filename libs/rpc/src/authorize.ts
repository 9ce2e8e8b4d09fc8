import { type Fault, fault } from '@waybill/kernel';

/**
 * Asked before a handler runs: may this caller call the method at this path? The caller is the service that its
 * certificate names; undefined where the server asks for none, which is so on loopback alone.
 */
export type Authorize = (path: string, caller: string | undefined) => Fault | undefined;

/** Which services may call each method, by its full path, such as /waybill.ratelimit.v1.LimitService/Admit. */
export type AllowedCallers = Readonly<Record<string, readonly string[]>>;

/** Refuses callers that are not named; a method without an entry has no callers. */
export function allowOnly(callers: AllowedCallers): Authorize {
  const table = new Map(Object.entries(callers).map(([path, services]) => [path, new Set(services)]));
  return (path, caller) => {
    if (caller === undefined || table.get(path)?.has(caller)) return undefined;
    return fault('forbidden', `${caller} may not call ${path}`, { details: { caller, method: path } });
  };
}
