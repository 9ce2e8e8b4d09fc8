// Copilot's own tokens: short-lived, and given for a token of GitHub.
import { keyLabel } from '../../bill/key-label.ts';
import type { JsonRecord } from '../../json.ts';
import { hashText } from '../../random.ts';
import type { Received } from '../dialect.ts';
import { headerText } from '../reading.ts';
import type { Refusal } from '../refusal.ts';

const LIFETIME_SECONDS = 1_800;
const REFRESH_SECONDS = 1_500;

/** `Authorization: token gho_...`, as GitHub takes it, or `Bearer`. */
export function githubToken(received: Received): string | undefined {
  return /^(?:token|Bearer)\s+(\S+)$/i.exec(headerText(received.headers.authorization) ?? '')?.[1];
}

/** Whom a token was given for; undefined when it is none of ours or has run out. */
export function holderOf(token: string, nowMs: number): string | undefined {
  const match = /^(tid=([a-z0-9-]+);exp=(\d+));sig=(\d+)$/.exec(token);
  if (match === null || Number(match[4]) !== hashText(match[1] as string, 1)) return undefined;
  return Number(match[3]) * 1000 > nowMs ? match[2] : undefined;
}

/** The answer to a request for a token; personal access tokens are not taken. */
export function tokenReply(received: Received, nowMs: number): JsonRecord | Refusal {
  const given = githubToken(received) ?? '';
  if (/^(?:ghp_|github_pat_)/.test(given)) {
    return { refusal: 'forbidden', message: 'Personal access tokens are not supported for this endpoint' };
  }
  const expiresAt = Math.floor(nowMs / 1000) + LIFETIME_SECONDS;
  const claims = `tid=${keyLabel(given)};exp=${expiresAt}`;
  return {
    token: `${claims};sig=${hashText(claims, 1)}`,
    expires_at: expiresAt,
    refresh_in: REFRESH_SECONDS,
    endpoints: { api: `http://${headerText(received.headers.host)}/copilot` },
    chat_enabled: true,
  };
}
