// GitHub Copilot as a target: tokens that are exchanged, the headers that are configured, and a label for its attempts.
import type { CopilotConfiguration, ProviderConfiguration } from '@waybill/config';
import { type Clock, Secret } from '@waybill/kernel';
import { copilotVersionLabel, ownVersion } from '../core/copilot-version.ts';
import type { Target } from '../ports.ts';
import { copilotConnection } from './copilot-connection.ts';
import { type CopilotTokens, copilotTokens, notSent, type TokenExchange } from './copilot-tokens.ts';

export interface CopilotParts {
  readonly provider: ProviderConfiguration;
  readonly copilot: CopilotConfiguration;
  readonly origin: string;
  readonly clock: Clock;
}

type Parts = Pick<Target, 'connection' | 'credential' | 'keys' | 'healthCheck' | 'extraHeaders' | 'versionLabel'>;

/** The configured token is not among them: it goes to the exchange alone. */
export function copilotParts(parts: CopilotParts, codec: Target['codec']): Parts {
  const { provider, copilot, origin } = parts;
  const headers = { 'user-agent': `waybill/${ownVersion}`, ...copilot.headers };
  const isFixed = provider.baseUrl !== codec.defaultBaseUrl;
  const tokens = exchangeFor(parts, codec, headers);
  return {
    connection: copilotConnection({ providerId: provider.id, tokens, origin, isFixed, timeouts: provider.timeouts }),
    credential: undefined,
    keys: [{ id: '', secret: undefined, weight: 1 }],
    healthCheck: undefined,
    extraHeaders: () => headers,
    versionLabel: (nowMicros) => copilotVersionLabel(copilot, nowMicros),
  };
}

function exchangeFor(
  { provider, copilot, clock }: CopilotParts,
  codec: Target['codec'],
  headers: TokenExchange['headers'],
): CopilotTokens {
  const { connectMs, firstByteMs } = provider.timeouts;
  return copilotTokens({
    url: copilot.tokenUrl,
    githubToken: provider.apiKey ?? new Secret(''),
    headers,
    timeoutMs: connectMs + firstByteMs,
    clock,
    classify: (response) => notSent({ ...codec.classify(response, clock.nowMicros()), mayHaveBilled: false }),
  });
}
