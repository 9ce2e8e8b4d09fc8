// The codecs there are, by the `kind` of a configured provider.
import { anthropicCodec, defaultApiVersion } from './anthropic/index.ts';
import type { ProviderCodec } from './codec.ts';
import { cohereCodec } from './cohere/index.ts';
import { geminiCodec } from './gemini/index.ts';
import { githubCopilotCodec } from './github-copilot/index.ts';
import { ollamaCodec } from './ollama/index.ts';
import { openAiCodec } from './openai/index.ts';
import { openAiCompatibleCodec } from './openai-compatible/index.ts';

/** What a provider's configuration may say about its wire. */
export interface CodecSettings {
  /** `anthropic-version`; other kinds do not look at it. */
  readonly apiVersion?: string | undefined;
}

const makers: Readonly<Record<string, (settings: CodecSettings) => ProviderCodec>> = {
  openai: () => openAiCodec,
  'openai-compatible': () => openAiCompatibleCodec,
  anthropic: ({ apiVersion }) => anthropicCodec(apiVersion ?? defaultApiVersion),
  gemini: () => geminiCodec,
  ollama: () => ollamaCodec,
  cohere: () => cohereCodec,
  'github-copilot': () => githubCopilotCodec,
};

/** Every codec with its default settings. */
export const codecs: Readonly<Record<string, ProviderCodec>> = Object.fromEntries(
  Object.entries(makers).map(([kind, make]) => [kind, make({})]),
);

/**
 * The codec of a kind; undefined when there is none. `simulator` is no codec: a simulated provider speaks the dialect
 * that its `dialect` setting names.
 */
export function codecFor(kind: string, settings: CodecSettings = {}): ProviderCodec | undefined {
  return Object.hasOwn(makers, kind) ? makers[kind]!(settings) : undefined;
}
