// What only a provider of kind github-copilot has: whose seat it is, and how it presents itself.
import type { Secret } from '@waybill/kernel';
import { z } from 'zod';
import { httpUrl, identifier } from '../reading/fields.ts';

export interface CopilotConfiguration {
  /** Where the configured token is exchanged for one of Copilot's. */
  readonly tokenUrl: string;
  /** The virtual key whose holder the seat belongs to; undefined where an organization pays for an app. */
  readonly forKey: string | undefined;
  /** Sent besides our own, lower-case names; without them nothing says that the caller is an editor. */
  readonly headers: Readonly<Record<string, string>>;
  /** The `X.Y.Z` of the label that each attempt is recorded with; undefined leaves it to the headers. */
  readonly clientVersion: string | undefined;
}

const defaultTokenUrl = 'https://api.github.com/copilot_internal/v2/token';

const ours = ['authorization', 'content-type', 'content-length', 'accept', 'host', 'connection', 'transfer-encoding'];

const headers = z
  .record(
    z.string().regex(/^[A-Za-z0-9-]{1,100}$/, { error: 'is no name of a header' }),
    z.string().regex(/^[\x20-\x7e]{0,500}$/, { error: 'is wrong; give one line of plain text' }),
    { error: 'is wrong; give a mapping of header names to values' },
  )
  .transform((given, context) => {
    const lower = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
    const taken = Object.keys(lower).find((name) => ours.includes(name));
    if (taken === undefined) return lower;
    context.issues.push({ code: 'custom', input: given, message: `has ${taken}, which is set here; remove it` });
    return z.NEVER;
  });

const version = z.string().regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/, { error: 'is wrong; give a version such as 1.50.0' });

/** Keys of a provider's section that no other kind takes. */
export const copilotFields = {
  for_key: identifier.optional(),
  headers: headers.optional(),
  token_url: httpUrl.optional(),
  client_version: version.optional(),
};

export interface CopilotFields {
  readonly for_key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly token_url?: string | undefined;
  readonly client_version?: string | undefined;
}

type Refuse = (key: string, message: string) => void;

/** The part of a github-copilot provider; undefined for any other, which may have none of its keys. */
export function copilotOf(
  given: CopilotFields & { readonly kind: string; readonly api_key?: Secret | undefined },
  refuse: Refuse,
): CopilotConfiguration | undefined {
  if (given.kind !== 'github-copilot') {
    for (const key of ['for_key', 'headers', 'token_url', 'client_version'] as const) {
      if (given[key] !== undefined) refuse(key, 'is for kind github-copilot alone; remove it');
    }
    return undefined;
  }
  if (given.api_key !== undefined) checkSeat(given.api_key.reveal(), given.for_key, refuse);
  return {
    tokenUrl: given.token_url ?? defaultTokenUrl,
    forKey: given.for_key,
    headers: given.headers ?? {},
    clientVersion: given.client_version,
  };
}

/** A seat belongs to one person: the token of a user serves one key, that of an app those whom its organization lets. */
function checkSeat(token: string, forKey: string | undefined, refuse: Refuse): void {
  if (/^(?:ghp_|github_pat_)/.test(token)) {
    refuse(
      'api_key',
      'is a personal access token, which Copilot does not take; give the token of an OAuth or GitHub App',
    );
  } else if (!token.startsWith('ghs_') && forKey === undefined) {
    refuse(
      'for_key',
      "is missing; name the virtual key of the person whose token this is, since a seat is one person's",
    );
  }
}
